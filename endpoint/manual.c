#include "endpoint/manual.h"

#include "endpoint/verb.h"

/* A row is a paragraph; with a term, one of a list. */
struct paragraph {
	const char *term; /* the same in all languages, or NULL */
	const char *text[N_LANGUAGES];
};

struct section {
	const char *title[N_LANGUAGES];
	const struct paragraph *paragraphs;
	size_t n;
};

#define SECTION(vi, en, table)                                                         \
	{                                                                              \
		{vi, en}, table, sizeof(table) / sizeof(table)[0]                      \
	}

static const struct paragraph description[] = {
    {NULL,
     {"raquet rà quét máy tính để tìm mã độc theo luật viết bằng ngôn ngữ YARA 4.5. "
      "Kết "
      "quả là một trong ba: có phát hiện; không phát hiện (kèm phạm vi và ngày của bộ "
      "luật); chưa rõ (kèm lý do). Tệp nào không đọc được trọn vẹn thì được liệt kê "
      "cùng "
      "lý do, không bao giờ được coi là không có gì.",
      "raquet sweeps a computer for malware by rules in the language of YARA 4.5. The "
      "answer is one of three: found; nothing found (with the scope and the date of "
      "the "
      "rules); not known (with the reason). What cannot be read whole is listed with "
      "its "
      "reason and never passes for clean."}},
    {NULL,
     {"raquet scan chỉ đọc: không xóa, không sửa, không gửi gì ra mạng. Đây không "
      "phải "
      "phần mềm chống mã độc thời gian thực.",
      "raquet scan only reads: it deletes nothing, changes nothing and sends nothing "
      "anywhere. "
      "It "
      "is no real-time antivirus."}},
};

static const struct paragraph exit_status[] = {
    {"4", {"chương trình lỗi", "the program failed"}},
    {"1", {"có phát hiện", "something was found"}},
    {"2", {"dùng sai, hoặc có luật bị từ chối", "wrong usage, or a rule was refused"}},
    {"3",
     {"không phát hiện, nhưng có phần chưa kiểm tra được",
      "nothing found, but there are gaps"}},
    {"0", {"không phát hiện trong phạm vi", "nothing found in the scope"}},
    {NULL,
     {"Trường hợp đầu tiên đúng theo thứ tự trên được dùng. Dấu hiệu yếu (điểm dưới "
      "40) "
      "được nêu riêng là cần xem thêm và không tính là có phát hiện. raquet yara thoát "
      "như yara.",
      "The first of these that holds. Weak signs (a score below 40) are told apart as "
      "worth a look and do not count as found. raquet yara exits as yara does."}},
};

static const struct paragraph files[] = {
    {"~/.cache/raquet (root: /var/cache/raquet)",
     {"luật đã biên dịch, để lần sau khởi động nhanh; chỉ chủ sở hữu đọc được, được "
      "kiểm "
      "tra trước khi dùng, có thể xóa bất cứ lúc nào",
      "compiled rules, so that the next start is quick; open to their owner only, "
      "checked "
      "before use, may be deleted at any time"}},
    {"%LOCALAPPDATA%\\raquet",
     {"thư mục tương ứng trên Windows", "the same on Windows"}},
    {"FILE (--resume)",
     {"nhật ký của lần rà quét dở dang: gồm đường dẫn đã xem và kết quả; xóa sau khi "
      "xong",
      "the journal of an unfinished sweep: paths seen and results so far; delete it "
      "when "
      "the sweep is done"}},
    {"raquet.key, raquet.kit",
     {"bên cạnh chương trình: khóa của bản này, tạo khi dùng --seal lần đầu (không ghi "
      "được ở đó thì trong ~/.local/share/raquet), hãy giữ như chìa khóa; và tên bộ "
      "công cụ",
      "beside the program: the key of this copy, made at the first --seal (in "
      "~/.local/share/raquet where nothing can be written there), to be kept like a "
      "key; "
      "and the name of the kit"}},
};

static const struct paragraph services[] = {
    {"raquet agent",
     {"chạy với quyền quản trị, không có mạng; viết vào /var/lib/raquet/agent",
      "runs with the system's rights and without the network; writes "
      "/var/lib/raquet/agent"}},
    {"raquet courier",
     {"chạy dưới tên người dùng raquet-courier, chỉ có mạng và "
      "/var/lib/raquet/courier, nơi giữ khóa của máy",
      "runs as the user raquet-courier, with the network and /var/lib/raquet/courier "
      "alone, where the key of the machine is"}},
    {"raquet enrol",
     {"viết cho cả hai rồi hỏi máy chủ một lần; thoát với 0: đã đăng ký, 3: đang chờ "
      "cán bộ hoặc chưa máy chủ nào trả lời, 2: bị từ chối",
      "writes for both, then asks the centre once; exits with 0: enrolled, 3: waits "
      "for "
      "an officer or for a centre that answers, 2: denied"}},
};

static const struct paragraph environment[] = {
    {"RAQUET_CACHE=off",
     {"không dùng và không ghi luật đã biên dịch",
      "neither use nor write compiled rules"}},
    {"XDG_CACHE_HOME", {"thay cho ~/.cache", "in place of ~/.cache"}},
    {"LC_ALL, LC_MESSAGES, LANG",
     {"ngôn ngữ của thông báo khi không có --lang",
      "the language of messages without --lang"}},
};

static const struct paragraph signals[] = {
    {"SIGINT, SIGTERM, SIGHUP",
     {"dừng: báo cáo những gì đã xem, phần còn lại là phần chưa kiểm tra được; với "
      "--resume lần sau chạy tiếp từ đó; tín hiệu thứ ba kết thúc ngay, không có báo "
      "cáo",
      "stop: what was seen is reported and the rest is a gap; with --resume the next "
      "run "
      "goes on from there; the third ends the program at once, without a report"}},
};

static const struct paragraph security[] = {
    {NULL,
     {"Nội dung tệp chỉ được đọc trong tiến trình kiểm tra đã cô lập: tiến trình đó "
      "không "
      "mở được tệp, không kết nối mạng, không chạy chương trình khác, và có giới hạn "
      "bộ "
      "nhớ. Trên Linux dùng seccomp, giới hạn tài nguyên và Landlock nếu có; không cô "
      "lập "
      "được thì không chạy. Tiến trình bị treo hoặc chết chỉ làm mất một tệp, được ghi "
      "lại "
      "là phần chưa kiểm tra được (worker-died).",
      "The bytes of files are read in confined workers only: these cannot open a file, "
      "connect or start a program, and their memory is limited. On Linux by seccomp, "
      "resource limits and, where the kernel has it, Landlock; without confinement "
      "there "
      "is no sweep. A worker that hangs or dies costs one file, told as the gap "
      "worker-died."}},
    {NULL,
     {"Bộ nhớ tiến trình (--pid, --processes) được chép mà không xem, rồi tiến trình "
      "kiểm tra đọc bản chép. Không tiến trình nào bị dừng hay bị sửa. Trang nhớ chưa "
      "đổi của một tệp trên đĩa không đọc ở đây: tệp đó được rà quét như tệp. Tiến "
      "trình không được phép đọc là phần chưa kiểm tra được.",
      "Memory of processes (--pid, --processes) is copied without a look at it, and a "
      "worker reads the copy. No process is stopped or changed. Unchanged pages of a "
      "file on the disk are not read there: that file is swept as a file. A process "
      "that may not be read is a gap."}},
    {NULL,
     {"Chạy bằng quyền của người dùng: tệp mà người dùng không mở được là phần chưa "
      "kiểm "
      "tra được. Báo cáo chứa tên tệp của máy; hãy giữ cẩn thận.",
      "It has the rights of the user who runs it: a file closed to that user is a gap. "
      "A "
      "report holds names of files; keep it accordingly."}},
};

static const struct paragraph examples[] = {
    {"raquet scan ~/Downloads",
     {"thư mục tải xuống, bằng bộ luật kèm theo",
      "the download folder, by the shipped rules"}},
    {"sudo raquet scan --all --format html --output report.html",
     {"cả máy, báo cáo mở bằng trình duyệt",
      "the whole machine, a report for the browser"}},
    {"raquet scan --rules rules/ --resume sweep.journal /srv",
     {"luật riêng; nếu bị ngắt, chạy lại đúng lệnh này để đi tiếp",
      "own rules; after an interruption the same command goes on"}},
    {"sudo raquet scan --processes",
     {"bộ nhớ của mọi tiến trình và các tệp chúng đang dùng",
      "the memory of all processes and the files they have mapped"}},
    {"raquet scan --all --seal result.rqs --centre-key centre.key.pub --asset-tag "
     "PC-117",
     {"cả máy, thêm tệp kết quả niêm phong mà chỉ máy chủ đọc được",
      "the whole machine, and a sealed result that only the centre can read"}},
    {"raquet result verify --centre-private-key centre.key *.rqs",
     {"kiểm tra các tệp đã nhận", "check what was handed in"}},
    {"raquet rules check rules/",
     {"kiểm tra luật trước khi dùng", "check rules before they are used"}},
};

static const struct section before[] = {SECTION("MÔ TẢ", "DESCRIPTION", description)};
static const struct section behind[] = {
    SECTION("MÃ THOÁT", "EXIT STATUS", exit_status),
    SECTION("TỆP", "FILES", files),
    SECTION("DỊCH VỤ", "SERVICES", services),
    SECTION("BIẾN MÔI TRƯỜNG", "ENVIRONMENT", environment),
    SECTION("TÍN HIỆU", "SIGNALS", signals),
    SECTION("BẢO VỆ", "SECURITY", security),
    SECTION("VÍ DỤ", "EXAMPLES", examples),
};

/* groff takes a dash for a hyphen, a backslash for an escape, and a dot or quote at the
 * start of a line for a request. */
static void groff(struct buffer *out, const char *text)
{
	bool starts = true;

	for (; *text != 0; text++) {
		if (starts && (*text == '.' || *text == '\''))
			buffer_text(out, "\\&");
		if (*text == '-')
			buffer_text(out, "\\-");
		else if (*text == '\\')
			buffer_text(out, "\\e");
		else
			buffer_u8(out, (uint8_t)*text);
		starts = *text == '\n';
	}
}

static void write_options(struct buffer *out, const struct option *table, size_t n_rows,
			  enum language language)
{
	for (size_t i = 0; i < n_rows; i++) {
		const struct option *row = &table[i];

		if (row->explanation[language] == NULL)
			continue;
		buffer_text(out, ".TP\n");
		if (row->letter != 0)
			buffer_format(out, "\\fB\\-%c\\fR, ", row->letter);
		buffer_text(out, "\\fB\\-\\-");
		groff(out, row->name);
		buffer_text(out, "\\fR");
		if (row->kind != OPTION_FLAG) {
			buffer_text(out, "=\\fI");
			groff(out, row->value[language]);
			buffer_text(out, "\\fR");
		}
		buffer_u8(out, '\n');
		groff(out, row->explanation[language]);
		buffer_u8(out, '\n');
	}
}

static void write_verbs(struct buffer *out, const struct verb *verbs, size_t n,
			enum language language)
{
	for (size_t i = 0; i < n; i++) {
		buffer_text(out, ".TP\n.B ");
		groff(out, verbs[i].name);
		buffer_u8(out, '\n');
		groff(out, verbs[i].explanation[language]);
		buffer_u8(out, '\n');
	}
}

static void write_command(struct buffer *out, const struct command *command,
			  enum language language)
{
	buffer_text(out, ".SS raquet ");
	groff(out, command->usage[language]);
	buffer_u8(out, '\n');
	for (size_t i = 0; i < command->n_prose; i++) {
		groff(out, message(language, command->prose[i]));
		buffer_text(out, "\n.PP\n");
	}
	write_verbs(out, command->verbs, command->n_verbs, language);
	write_options(out, command->table, command->n_rows, language);
}

static void write_sections(struct buffer *out, const struct section *sections, size_t n,
			   enum language language)
{
	for (size_t i = 0; i < n; i++) {
		buffer_format(out, ".SH %s\n", sections[i].title[language]);
		for (size_t k = 0; k < sections[i].n; k++) {
			const struct paragraph *p = &sections[i].paragraphs[k];

			buffer_text(out, p->term != NULL ? ".TP\n.B " : ".PP\n");
			if (p->term != NULL) {
				groff(out, p->term);
				buffer_u8(out, '\n');
			}
			groff(out, p->text[language]);
			buffer_u8(out, '\n');
		}
	}
}

void manual_write(struct buffer *out, const struct command *const *commands, size_t n,
		  enum language language)
{
	static const char *const name[N_LANGUAGES] = {"TÊN", "NAME"};
	static const char *const about[N_LANGUAGES] = {"rà quét máy tính để tìm mã độc",
						       "sweep a computer for malware"};
	static const char *const list[N_LANGUAGES] = {"LỆNH", "COMMANDS"};

	buffer_format(out,
		      ".TH RAQUET 1 \"\" \"raquet " RAQUET_VERSION
		      "\"\n.SH %s\nraquet \\- %s\n",
		      name[language], about[language]);
	write_sections(out, before, sizeof before / sizeof before[0], language);
	buffer_format(out, ".SH %s\n", list[language]);
	for (size_t i = 0; i < n; i++)
		write_command(out, commands[i], language);
	write_sections(out, behind, sizeof behind / sizeof behind[0], language);
}
