#include "endpoint/language.h"

#include "bytes/encoding.h"
#include "os/host.h"
#include "os/terminal.h"

#include <string.h>

static const char *const messages[N_MESSAGES][N_LANGUAGES] = {
    [MESSAGE_USAGE] = {"Cách dùng", "Usage"},
    [MESSAGE_COMMANDS] = {"Lệnh", "Commands"},
    [MESSAGE_COMMAND_SCAN] = {"rà quét tệp, thư mục hoặc cả máy tính",
			      "sweep files, folders or the whole machine"},
    [MESSAGE_COMMAND_RULES] = {"kiểm tra, biên dịch, liệt kê luật",
			       "check, compile or list rules"},
    [MESSAGE_COMMAND_IOC] = {"kiểm tra hoặc biên dịch danh sách chỉ báo",
			     "check or compile lists of indicators"},
    [MESSAGE_COMMAND_RESULT] = {"xem, kiểm tra, gộp tệp kết quả niêm phong",
				"show, verify and merge sealed results"},
    [MESSAGE_COMMAND_YARA] = {"chạy như chương trình yara 4.5", "run as yara 4.5 does"},
    [MESSAGE_COMMAND_ARTEFACT] = {"kiểm tra gói dấu vết", "check packs of artefacts"},
    [MESSAGE_COMMAND_HELP] = {"hướng dẫn này; help LỆNH: hướng dẫn của một lệnh",
			      "this text; help COMMAND: about one command"},
    [MESSAGE_COMMAND_VERSION] = {"phiên bản", "the version"},
    [MESSAGE_OPTIONS] = {"Tùy chọn", "Options"},
    [MESSAGE_MORE_HELP] = {"Xem thêm", "See"},
    [MESSAGE_SCAN_SUMMARY] =
	{"Rà quét các đường dẫn đã cho (hoặc cả máy với --all) bằng bộ luật kèm theo "
	 "hoặc\nluật do --rules chỉ ra. --quick rà quét trước hết những nơi đáng ngờ, "
	 "--all "
	 "rà quét\ntoàn bộ. Kết quả là một trong ba: có phát hiện, không "
	 "phát hiện\n(trong phạm vi và theo bộ luật đã nêu), chưa rõ.",
	 "Sweeps the paths given (or the whole machine with --all) with the shipped "
	 "rules, or\nthose named by --rules. --quick sweeps the places that matter "
	 "most, --all "
	 "everything.\nThe answer is one of three: found, "
	 "nothing "
	 "found (in the scope\nand by the rules named), not known."},
    [MESSAGE_SCAN_EXITS] =
	{"Mã thoát: 4 chương trình lỗi; 1 có phát hiện; 2 dùng sai hoặc có luật bị từ "
	 "chối;\n3 không phát hiện nhưng chưa kiểm tra hết; 0 không phát hiện. Mục chỉ "
	 "cần xem thêm\n(điểm dưới 40) không tính là có phát hiện.",
	 "Exit code: 4 our own failure; 1 found; 2 usage error or a rule refused; 3 "
	 "nothing found\nbut coverage incomplete; 0 nothing found. What is only worth "
	 "a "
	 "look (score below 40) does\nnot count as found."},
    [MESSAGE_RULES_WITHOUT_PATH] = {"Không có đường dẫn: bộ luật kèm theo.",
				    "Without a path: the shipped rules."},
    [MESSAGE_IOC_FORMS] =
	{"TỆP: danh sách theo dòng, CSV, sự kiện MISP hoặc gói STIX 2.1 (JSON).",
	 "FILE: a list of lines, CSV, events of MISP or a bundle of STIX 2.1 (JSON)."},
    [MESSAGE_RESULT_EXITS] =
	{"Mã thoát: 0 nguyên vẹn; 1 có kết quả bị từ chối; 2 dùng sai hoặc không đọc "
	 "được tệp;\n4 chương trình lỗi.",
	 "Exit code: 0 good; 1 a result was refused; 2 usage error or a file that "
	 "cannot "
	 "be read;\n4 our own failure."},
    [MESSAGE_YARA_SUMMARY] =
	{"Nhận tùy chọn và in kết quả như yara 4.5, để các kịch bản sẵn có chạy được.",
	 "Takes the options and prints the output of yara 4.5, so that scripts written "
	 "for it run."},
    [MESSAGE_ARTEFACTS_GOOD] = {"mục dùng được", "entries that can be used"},
    [MESSAGE_CANNOT_READ_ARTEFACTS] = {"không đọc được gói dấu vết",
				       "the pack of artefacts cannot be read"},
    [MESSAGE_UNKNOWN_COMMAND] = {"không có lệnh này", "there is no such command"},
    [MESSAGE_UNKNOWN_OPTION] = {"không có tùy chọn này", "there is no such option"},
    [MESSAGE_TOO_MANY] = {"tùy chọn được lặp lại", "the option is repeated"},
    [MESSAGE_NEEDS_NUMBER] = {"tùy chọn cần một số", "the option needs a number"},
    [MESSAGE_NEEDS_TEXT] = {"tùy chọn cần một giá trị", "the option needs a value"},
    [MESSAGE_NEEDS_NOTHING] = {"tùy chọn không nhận giá trị",
			       "the option takes no value"},
    [MESSAGE_NO_PATH] =
	{"cần ít nhất một đường dẫn, hoặc --all, --quick, --processes, --pid",
	 "at least one path is needed, or --all, --quick, --processes, --pid"},
    [MESSAGE_PATH_AND_ALL] = {"--all không đi cùng đường dẫn",
			      "--all and paths exclude each other"},
    [MESSAGE_QUICK_ALONE] = {"--quick không đi cùng đường dẫn, --all, --scope",
			     "--quick goes without paths, --all and --scope"},
    [MESSAGE_QUICK_ANEW] = {"--resume không dùng được khi rà quét chương trình đang "
			    "chạy: mỗi lần chạy một khác",
			    "--resume does not go with running programs: they are "
			    "others each time"},
    [MESSAGE_CANNOT_READ_SCOPE] = {"không đọc được phạm vi",
				   "the scope cannot be read"},
    [MESSAGE_BAD_VALUE] = {"giá trị không hợp lệ", "the value is not valid"},
    [MESSAGE_BAD_DEFINE] = {"--define cần TÊN=GIÁ_TRỊ với tên chưa dùng",
			    "--define needs NAME=VALUE with a name not yet taken"},
    [MESSAGE_KERNEL_NOT_HERE] = {"bộ xử lý của máy này không chạy được --kernel",
				 "the processor of this machine cannot run --kernel"},
    [MESSAGE_CANNOT_READ_RULES] = {"không đọc được luật", "the rules cannot be read"},
    [MESSAGE_NO_LIST] = {"cần ít nhất một danh sách", "at least one list is needed"},
    [MESSAGE_CANNOT_READ_INDICATORS] = {"không đọc được danh sách chỉ báo",
					"the list of indicators cannot be read"},
    [MESSAGE_NO_RULES] = {"không có luật nào dùng được", "there is no usable rule"},
    [MESSAGE_RULES_REFUSED] = {"số luật bị từ chối", "rules refused"},
    [MESSAGE_WARNINGS] = {"số cảnh báo (xem bằng: raquet rules check)",
			  "warnings (see: raquet rules check)"},
    [MESSAGE_RULES_GOOD] = {"số luật dùng được", "rules usable"},
    [MESSAGE_CANNOT_WRITE] = {"không ghi được kết quả", "the result cannot be written"},
    [MESSAGE_REST_FOLLOWS] = {"phần còn lại được in ra đây", "the rest follows here"},
    [MESSAGE_OUT_OF_MEMORY] = {"thiếu bộ nhớ", "memory ran out"},
    [MESSAGE_WRITTEN_TO] = {"kết quả đã ghi vào", "the result was written to"},
    [MESSAGE_FAILED] = {"lỗi", "failure"},
    [MESSAGE_RESUME_PROCESSES] =
	{"--resume với --pid hoặc --processes chỉ dùng được khi có --all",
	 "--resume together with --pid or --processes needs --all"},
    [MESSAGE_NO_PROCESS] = {"không có tiến trình mang số này",
			    "there is no process with this number"},
    [MESSAGE_NO_MEMORY_HERE] =
	{"bản cho hệ điều hành này chưa đọc được bộ nhớ tiến trình",
	 "memory of processes cannot be read on this system yet"},
    [MESSAGE_RESUME_REFUSED] = {"tệp --resume thuộc lần rà quét hoặc bộ luật khác",
				"the --resume file is of another sweep or other rules"},
    [MESSAGE_RESUME_UNUSABLE] = {"không dùng được tệp --resume",
				 "the --resume file cannot be used"},
    [MESSAGE_RESUME_CUT] =
	{"không ghi tiếp được vào tệp --resume; lần rà quét vẫn chạy mà không có nó",
	 "the --resume file cannot be written any further; the sweep went on without "
	 "it"},
    [MESSAGE_TOO_FEW_FILES] =
	{"giới hạn số tệp được mở cùng lúc quá thấp, hãy tăng lên (ulimit -n 256)",
	 "the limit of open files is too low, raise it (ulimit -n 256)"},
    [MESSAGE_NO_CACHE] =
	{"không giữ lại được luật đã biên dịch, mỗi lần chạy đều phải biên dịch lại",
	 "compiled rules cannot be kept, each run compiles them anew"},
    [MESSAGE_NO_WORKERS] = {"không khởi động được tiến trình kiểm tra đã cô lập",
			    "confined workers cannot be started"},
    [MESSAGE_LEFT] = {"còn", "left"},
    [MESSAGE_PER_SECOND] = {"tệp/giây", "files/s"},
    [MESSAGE_FOUND_SO_FAR] = {"có phát hiện", "found"},
    [MESSAGE_GAPS_SO_FAR] = {"chưa kiểm tra được", "gaps"},
    [MESSAGE_NEEDS_SEAL] = {"chỉ dùng cùng với --seal", "only goes with --seal"},
    [MESSAGE_KEY_REFUSED] = {"khóa hoặc mã không dùng được",
			     "a key or code cannot be used"},
    [MESSAGE_KEY_OF_USER] = {"khóa của bản này không nằm bên cạnh chương trình mà ở",
			     "the key of this copy does not lie beside the program but "
			     "at"},
    [MESSAGE_SEAL_CARRIES] = {"Tệp niêm phong sẽ mang theo",
			      "The sealed file will carry"},
    [MESSAGE_SEAL_UNIT] =
	{"  Kèm mã xác nhận tính từ mã của đơn vị (không phải mã đó).",
	 "  With a check made from the code of the unit, not that code."},
    [MESSAGE_SEAL_LINES] = {"và đúng từng chữ các dòng này",
			    "and these lines, letter for letter"},
    [MESSAGE_SEAL_WRITE] =
	{"Ghi những gì trên đây vào tệp này? (c = có, phím khác = không)",
	 "Write what stands above to this file? (y = yes, anything else = "
	 "no)"},
    [MESSAGE_SEAL_DECLINED] = {"không ghi tệp kết quả niêm phong",
			       "the sealed result was not written"},
    [MESSAGE_SEAL_NEEDS_YES] =
	{"không hỏi được ai trước khi ghi tệp niêm phong; dùng --yes nếu đồng ý trước",
	 "nobody can be asked before the sealed result is written; --yes agrees to it "
	 "now"},
    [MESSAGE_CANNOT_READ_ASSETS] = {"không đọc được danh sách máy",
				    "the list of machines cannot be read"},
    [MESSAGE_SEAL_WITH_GAPS] =
	{"  Kèm đường dẫn của mỗi phát hiện và của mỗi phần chưa kiểm tra được.",
	 "  With the path of each finding and of each gap."},
    [MESSAGE_SEAL_WITHOUT_GAPS] =
	{"  Kèm đường dẫn của mỗi phát hiện; không kèm tên tệp nào khác.",
	 "  With the path of each finding, and no other name of a file."},
    [MESSAGE_SEAL_ENCRYPTED] = {"  Chỉ máy chủ đọc được.",
				"  Only the centre can read it."},
    [MESSAGE_SEAL_OPEN] = {"  Không mã hóa: ai có tệp đều đọc được.",
			   "  Not encrypted: whoever has the file can read it."},
    [MESSAGE_SEAL_WRITTEN] = {"tệp kết quả niêm phong đã ghi vào",
			      "the sealed result was written to"},
    [MESSAGE_NO_RESULT_FILE] = {"cần ít nhất một tệp kết quả niêm phong",
				"at least one sealed result is needed"},
    [MESSAGE_ONE_RESULT] = {"dạng này chỉ hiện một kết quả mỗi lần",
			    "this form shows one result at a time"},
    [MESSAGE_CANNOT_READ] = {"không đọc được tệp", "the file cannot be read"},
    [MESSAGE_YIELDING] = {"đang nhường máy", "yielding"},
    [MESSAGE_COMMAND_AGENT] = {"dịch vụ: rà quét theo chiến dịch của máy chủ",
			       "the service: sweeps for the campaigns of a centre"},
    [MESSAGE_COMMAND_COURIER] =
	{"dịch vụ: phần có mạng của raquet agent",
	 "the service: the part of raquet agent that has the network"},
    [MESSAGE_COMMAND_ENROL] = {"đăng ký máy này với máy chủ",
			       "make this machine known to a centre"},
    [MESSAGE_AGENT_PROSE] =
	{"Chạy như một dịch vụ của hệ thống, với quyền quản trị và không có mạng: chỉ "
	 "nhận một loại thông điệp từ raquet courier, và chỉ chạy những gì chính sách "
	 "được ký ngoài máy chủ cho phép.",
	 "Runs as a service of the system, with its rights and without the network: it "
	 "hears one type of message from raquet courier, and runs only what a policy "
	 "signed off the server allows."},
    [MESSAGE_COURIER_PROSE] =
	{"Chạy như một dịch vụ của hệ thống, dưới tên một người dùng không có quyền "
	 "gì: giữ khóa của máy, nói với máy chủ qua HTTPS, không mở tệp nào của người "
	 "dùng.",
	 "Runs as a service of the system, as a user without rights: it holds the key "
	 "of the machine, speaks HTTPS with the centre, and opens no file of a user."},
    [MESSAGE_ENROL_PROSE] =
	{"MÃ là mã của đơn vị như đã in; trong mã có dấu vân tay của máy chủ. Chỉ máy "
	 "chủ có dấu vân tay đó được tin, dù đồng hồ của máy này chỉ năm nào.",
	 "CODE is the code of the unit as printed, which has the fingerprint of the "
	 "centre in it. Only the centre of that fingerprint is believed, whatever year "
	 "the clock of this machine says."},
    [MESSAGE_NO_USER] = {"không có người dùng này trên máy",
			 "there is no such user here"},
    [MESSAGE_SWEEP_DIED] = {"lần rà quét bị ngắt đột ngột; dịch vụ khởi động lại",
			    "the sweep died; the service starts again"},
    [MESSAGE_NO_COURIER] =
	{"không tìm thấy raquet-courier (bản này được dựng không có libcurl)",
	 "raquet-courier is missing (this build has no libcurl)"},
    [MESSAGE_BAD_CODE] = {"không phải mã, hoặc gõ nhầm; mã có 35 ký tự",
			  "no code, or mistyped; a code has 35 symbols"},
    [MESSAGE_NO_PAC] = {"không đọc tệp PAC; hãy ghi chính địa chỉ proxy",
			"PAC files are not read; give the proxy itself"},
    [MESSAGE_ENROLLED] = {"máy này đã được đăng ký", "this machine is enrolled"},
    [MESSAGE_ENROLMENT_WAITS] =
	{"đang chờ cán bộ xác nhận trên máy chủ; raquet courier sẽ tự hỏi lại",
	 "waits for an officer to confirm it at the centre; raquet courier asks again "
	 "by itself"},
    [MESSAGE_NO_CENTRE] = {"không máy chủ nào trả lời; raquet courier sẽ tự hỏi lại",
			   "no centre answered; raquet courier asks again by itself"},
    [MESSAGE_NOT_THE_CENTRE] =
	{"nơi trả lời không phải máy chủ có dấu vân tay trong mã",
	 "who answered is not the centre of the fingerprint in the code"},
    [MESSAGE_CODE_UNKNOWN] = {"máy chủ không biết mã này",
			      "the centre does not know this code"},
    [MESSAGE_CODE_EXPIRED] = {"mã đã hết hạn", "the code has expired"},
    [MESSAGE_CODE_USED_UP] = {"mã đã hết lượt dùng", "the code is used up"},
    [MESSAGE_ROW_TAKEN] = {"dòng này trong sổ máy đã thuộc về một khóa khác",
			   "this row of the register belongs to another key"},
    [MESSAGE_REQUEST_BAD] = {"máy chủ từ chối yêu cầu cấp chứng thư",
			     "the centre refused the request for a certificate"},
    [MESSAGE_KEY_REVOKED] = {"máy này đã bị thu hồi", "this machine was revoked"},
};

const char *message(enum language language, enum message which)
{
	return messages[which][language];
}

bool language_choose(const char *text, enum language *language_out)
{
	char system[3];

	*language_out = LANGUAGE_EN;
	if (text == NULL) {
		host_language(system);
		if (strcmp(system, "vi") == 0)
			*language_out = LANGUAGE_VI;
		return true;
	}
	if (strcmp(text, "vi") == 0)
		*language_out = LANGUAGE_VI;
	return strcmp(text, "vi") == 0 || strcmp(text, "en") == 0;
}

void complain(enum language language, enum message which, const char *detail)
{
	struct buffer line = {0};

	buffer_format(&line, "raquet: %s", message(language, which));
	if (detail != NULL) {
		buffer_text(&line, ": ");
		encode_visible(&line, bytes_of(detail));
	}
	buffer_u8(&line, '\n');
	terminal_write(TERMINAL_ERR, buffer_bytes(&line));
	buffer_free(&line);
}
