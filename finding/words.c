#include "finding/words.h"

#include "bytes/encoding.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

static const char *const words[N_WORDS][N_LANGUAGES] = {
    [WORD_FOUND] = {"có phát hiện", "found"},
    [WORD_CLEAN] = {"không phát hiện", "nothing found"},
    [WORD_UNKNOWN] = {"chưa rõ", "not known"},
    [WORD_OBJECT_COUNT] = {"đối tượng", "objects"},
    [WORD_CLEAN_WITHIN] = {"phạm vi", "scope"},
    [WORD_CONTENT_OF] = {"bộ luật ngày", "rule set of"},
    [WORD_CONTENT_GIVEN] = {"bộ luật do người dùng chọn", "rule set given by the user"},
    [WORD_UNKNOWN_BECAUSE] =
	{"không phát hiện trong phần đã kiểm tra; số mục chưa kiểm "
	 "tra được",
	 "nothing found in what was examined; gaps"},
    [WORD_FOUND_AND_GAPS] = {"số mục chưa kiểm tra được", "gaps"},
    [WORD_STOPPED] = {"việc rà quét đã dừng trước khi xong",
		      "the sweep stopped before its end"},
    [WORD_REPORT] = {"Kết quả rà quét", "Result of a sweep"},
    [WORD_SCOPE] = {"Phạm vi", "Scope"},
    [WORD_MACHINE] = {"Máy tính", "Machine"},
    [WORD_CONTENT] = {"Bộ luật", "Rule set"},
    [WORD_CONTENT_DIGEST] = {"SHA-256 của bộ luật", "SHA-256 of the rule set"},
    [WORD_RULES] = {"luật", "rules"},
    [WORD_INDICATORS] = {"chỉ báo", "indicators"},
    [WORD_HASHED_BY_KIND] = {"danh sách mã băm: chương trình, kịch bản, tài liệu, tệp "
			     "nén đến 64 MB",
			     "hash lists: programs, scripts, documents, archives up to "
			     "64 MB"},
    [WORD_HASHED_ALL] = {"danh sách mã băm: mọi tệp", "hash lists: every file"},
    [WORD_RULES_REFUSED] = {"luật bị từ chối", "rules refused"},
    [WORD_TIME] = {"Thời gian", "Time"},
    [WORD_RESUMED] = {"tiếp nối lần trước", "resumed"},
    [WORD_YIELDED] = {"trong đó nhường máy", "of it yielded"},
    [WORD_PROGRAM] = {"Chương trình", "Program"},
    [WORD_CONFINEMENT] = {"Biện pháp cô lập", "Confinement"},
    [WORD_WORKERS] = {"tiến trình", "workers"},
    [WORD_FINDINGS] = {"Phát hiện", "Findings"},
    [WORD_NO_FINDINGS] = {"Không có phát hiện nào.", "There is no finding."},
    [WORD_GAPS] = {"Phần chưa kiểm tra được", "Gaps: what was not examined"},
    [WORD_NO_GAPS] = {"Không có: mọi đối tượng trong phạm vi đã được đọc hết.",
		      "None: every object of the scope was read whole."},
    [WORD_AND_MORE] = {"và các mục khác:", "and more:"},
    [WORD_ALL_IN_JSONL] = {"danh sách đầy đủ: --format jsonl",
			   "the whole list: --format jsonl"},
    [WORD_COVERAGE] = {"Độ phủ", "Coverage"},
    [WORD_SEEN] = {"Đã thấy", "Seen"},
    [WORD_SCANNED] = {"Đã kiểm tra", "Examined"},
    [WORD_SCANNED_OF] = {"đã kiểm tra", "examined"},
    [WORD_FILES] = {"tệp", "files"},
    [WORD_BYTES] = {"Dung lượng", "Size"},
    [WORD_AT] = {"tại", "at"},
    [WORD_LENGTH] = {"dài", "length"},
    [WORD_REFERENCE] = {"Tham khảo", "Reference"},
    [WORD_AUTHOR] = {"Tác giả", "Author"},
    [WORD_NOT_EXAMINED] = {"Không thuộc phạm vi lần rà quét này",
			   "Not part of this sweep"},
    [WORD_NOT_EXAMINED_ELSEWHERE] = {"các tệp ở nơi khác trên máy",
				     "files elsewhere on this machine"},
    [WORD_NOT_EXAMINED_MEMORY] = {"bộ nhớ tiến trình", "memory of processes"},
    [WORD_NOT_EXAMINED_EVER] = {"nội dung bên trong tệp nén, chữ ký số",
				"contents of archives, digital signatures"},
    [WORD_MEMORY] = {"bộ nhớ tiến trình", "memory of processes"},
    [WORD_SEEN_SMALL] = {"đã thấy", "seen"},
    [WORD_PROCESSES] = {"tiến trình", "processes"},
    [WORD_COMMAND_LINE] = {"Dòng lệnh", "Command line"},
    [WORD_PARENT] = {"Tiến trình cha", "Parent"},
    [WORD_CONNECTION] = {"Kết nối", "Connection"},
    [WORD_DO_SEVERE] =
	{"Rút dây mạng hoặc tắt Wi-Fi, cứ để máy bật, không mở và không xóa các tệp "
	 "nêu "
	 "dưới đây, rồi gọi ngay cho người có tên dưới đây.",
	 "Unplug the network cable or switch off Wi-Fi, leave the computer on, do not "
	 "open "
	 "or delete the files named below, and call the person named below at once."},
    [WORD_DO_MEDIUM] =
	{"Không mở và không xóa các tệp nêu dưới đây, và gọi cho người có tên dưới đây "
	 "trong hôm nay.",
	 "Do not open or delete the files named below, and call the person named below "
	 "today."},
    [WORD_DO_LOW] =
	{"Vẫn dùng máy được; không mở các tệp nêu dưới đây và báo cho người có tên "
	 "dưới "
	 "đây trong tuần này.",
	 "The computer may be used; do not open the files named below, and tell the "
	 "person named below this week."},
    [WORD_DO_UNWANTED] =
	{"Không dùng phần mềm nêu dưới đây nữa, và báo cho người có tên dưới đây để "
	 "gỡ.",
	 "Stop using the software named below, and tell the person named below, who "
	 "removes it."},
    [WORD_DO_UNKNOWN] =
	{"Chưa coi máy này là an toàn; nhờ người có tên dưới đây xem các lý do và rà "
	 "quét lại.",
	 "Do not take this computer for safe yet; ask the person named below to look "
	 "at "
	 "the reasons and sweep again."},
    [WORD_DO_STOPPED] =
	{"Chưa coi máy này là an toàn; hãy rà quét lại và chờ cho đến khi xong.",
	 "Do not take this computer for safe yet; sweep again and wait until it is "
	 "done."},
    [WORD_DO_CLEAN] =
	{"Không phải làm gì; giữ lại tờ này, và rà quét lại khi có bộ luật mới.",
	 "There is nothing to do; keep this page, and sweep again when there is a new "
	 "rule "
	 "set."},
    [WORD_DO_AGAIN] =
	{"Vẫn dùng máy như thường; nhờ người có tên dưới đây khắc phục điều vừa nêu "
	 "rồi "
	 "rà quét lại máy này trong tuần này.",
	 "Go on using the computer; ask the person named below to mend what is said "
	 "above and to sweep it again this week."},
    [WORD_DO_LOOK] = {"Vẫn dùng máy như thường; đưa kết quả này cho người có tên dưới "
		      "đây xem các mục "
		      "cần xem thêm trong tuần này.",
		      "Go on using the computer; show this result to the person named "
		      "below this week: "
		      "some things in it are worth a look."},
    [WORD_WHAT_TO_DO] = {"Việc cần làm ngay", "What to do now"},
    [WORD_CALL] = {"Gọi cho", "Call"},
    [WORD_CALL_LINE] = {"(ghi họ tên, số điện thoại cán bộ CNTT)",
			"(write the IT officer's name and number)"},
    [WORD_WHERE] = {"Ở đâu", "Where"},
    [WORD_USER_FOLDERS] = {"Thư mục người dùng", "User folder"},
    [WORD_HOW_BAD] = {"Mức độ", "How bad"},
    [WORD_WORST_FIRST] = {"Nặng nhất trước", "Worst first"},
    [WORD_MORE_FILES] = {"mục khác", "more"},
    [WORD_MORE_GROUPS] = {"loại phát hiện khác ở các trang sau",
			  "more kinds of findings on the following pages"},
    [WORD_EXPOSURE] = {"có nguy cơ, chưa phải là nhiễm", "exposure, not an infection"},
    [WORD_UNWANTED] = {"Phần mềm không mong muốn", "Unwanted software"},
    [WORD_LOOK] = {"Cần xem thêm", "Worth a look"},
    [WORD_LOOK_ONE] = {"mục cần xem thêm", "thing worth a look"},
    [WORD_LOOK_MANY] = {"mục cần xem thêm", "things worth a look"},
    [WORD_LOOK_NOTE] =
	{"Dấu hiệu yếu, thường có nguyên nhân vô hại: không tính là có phát hiện.",
	 "Weak signs, which often have a harmless cause: they do not make the answer "
	 "\"found\"."},
    [WORD_TO_DO] = {"Cần làm", "To do"},
    [WORD_DETAILS] = {"Chi tiết", "Details"},
    [WORD_DETAILS_FOLLOW] = {"Chi tiết ở các trang sau.",
			     "Details are on the following pages."},
    [WORD_QR] = {"Mã QR: kết quả này cho sổ đăng ký máy",
		 "QR code: this result for the machine register"},
    [WORD_QR_NONE] = {"Bản dựng này không vẽ được mã QR.",
		      "This build cannot draw a QR code."},
    [WORD_SHEET] = {"Phiếu bàn giao máy tính", "Hand-off sheet of a machine"},
    [WORD_SHEET_TAG] = {"Mã tài sản:", "Asset tag:"},
    [WORD_SHEET_VERDICT] = {"Kết quả", "Result"},
    [WORD_SHEET_MODIFIED] = {"tệp sửa lúc", "file modified"},
    [WORD_SHEET_MORE] = {"loại phát hiện khác, xem kết quả đầy đủ",
			 "more kinds of findings: see the whole result"},
    [WORD_SHEET_KEEP] = {"Cần giữ lại", "To be preserved"},
    [WORD_SHEET_KEEP_FILES] = {"Các tệp nêu trên: không mở, không xóa",
			       "The files above: not opened, not deleted"},
    [WORD_SHEET_KEEP_MEMORY] = {"Máy để bật cho đến khi chép xong bộ nhớ",
				"The machine left on until its memory is copied"},
    [WORD_SHEET_KEEP_LOGS] = {"Nhật ký hệ thống và nhật ký trình duyệt",
			      "The logs of the system and the browser"},
    [WORD_SHEET_KEEP_REPORT] = {"Kết quả rà quét (tệp và bản in)",
				"The result of the sweep (file and print)"},
    [WORD_SHEET_DONE] = {"Đã làm (đánh dấu, ghi giờ)",
			 "Done (tick, and write the time)"},
    [WORD_SHEET_PHOTOGRAPHED] = {"Đã chụp ảnh màn hình và máy",
				 "Screen and machine photographed"},
    [WORD_SHEET_DISCONNECTED] = {"Đã ngắt mạng", "Disconnected from the network"},
    [WORD_SHEET_COPIED] = {"Đã sao chép chứng cứ", "Evidence copied"},
    [WORD_SHEET_TREATED] = {"Đã xử lý", "Treated"},
    [WORD_SHEET_AGAIN] = {"Đã rà quét lại sau xử lý", "Swept again after treatment"},
    [WORD_SHEET_CALL] = {"Gọi đơn vị chuyên trách", "Call to the department"},
    [WORD_SHEET_CALLED] = {"Đã gọi:", "Called:"},
    [WORD_SHEET_CALLED_AT] = {"lúc:", "at:"},
    [WORD_SHEET_NUMBER] = {"số yêu cầu:", "request number:"},
    [WORD_SHEET_SAY] =
	{"Khi gọi, đọc: tên máy, kết quả, tên luật và 8 ký tự đầu của SHA-256 của phát "
	 "hiện đầu tiên.",
	 "On the telephone, read out: the name of the machine, the result, the rule, "
	 "and the first 8 characters of the SHA-256 of the first finding."},
    [WORD_SHEET_SIGNED] = {"Ký, ghi rõ họ tên, ngày giờ",
			   "Signatures, names, date and time"},
    [WORD_SHEET_HANDED] = {"Người giao", "Handed over by"},
    [WORD_SHEET_TAKEN] = {"Người nhận (kỹ thuật)", "Taken by (technician)"},
    [WORD_SHEET_LEADER] = {"Lãnh đạo đơn vị", "Unit leader"},
    [WORD_ADVICE_UNKNOWN] =
	{"Khắc phục các lý do nêu ở đây (ví dụ: chạy với quyền quản trị) rồi rà quét "
	 "lại.",
	 "Remove the reasons named here (for instance: run with administrator rights) "
	 "and "
	 "sweep again."},
    [WORD_REASON] = {"Lý do", "Reason"},
    [WORD_COUNT] = {"Số lượng", "Count"},
    [WORD_REQUIRED_SCOPE] = {"Phạm vi yêu cầu", "Required scope"},
    [WORD_TOLERATED] = {"trong mức cho phép", "tolerated"},
    [WORD_TOLERATED_BESIDES] = {"ngoài ra, trong mức cho phép", "besides, tolerated"},
    [WORD_TOLERATED_GAPS] = {"số mục chưa kiểm tra được, trong mức cho phép",
			     "gaps that are tolerated"},
    [WORD_ADVICE_TOLERATED] =
	{"Các mục này nằm trong mức mà phạm vi cho phép; không phải rà quét lại.",
	 "All of these are within what the scope tolerates; no second sweep is "
	 "needed."},
    [WORD_CONTENT_OLD_BEFORE] = {"Bộ luật đã cũ", "The rule set is"},
    [WORD_CONTENT_OLD_BEHIND] =
	{"ngày, có thể chưa nhận ra mã độc mới. Cập nhật bộ luật rồi rà quét lại.",
	 "days old and may not know recent malware. Update it and sweep again."},
    [WORD_CLOCK_WRONG] =
	{"Đồng hồ máy tính đang chậm hơn ngày của bộ luật. Chỉnh lại ngày giờ; chưa "
	 "biết bộ luật cũ hay mới.",
	 "The clock of this machine stands before the date of the rule set. Set it; "
	 "how old the rule set is cannot be told."},
};

const char *word(enum language language, enum word which)
{
	return words[which][language];
}

const char *word_severity(enum language language, enum severity severity)
{
	static const char *const names[][N_LANGUAGES] = {
	    [SEVERITY_LOW] = {"thấp", "low"},
	    [SEVERITY_MEDIUM] = {"trung bình", "medium"},
	    [SEVERITY_HIGH] = {"cao", "high"},
	    [SEVERITY_CRITICAL] = {"rất cao", "critical"},
	};

	return names[severity][language];
}

const char *word_verdict(enum language language, enum verdict verdict)
{
	switch (verdict) {
	case VERDICT_FOUND: return word(language, WORD_FOUND);
	case VERDICT_CLEAN: return word(language, WORD_CLEAN);
	case VERDICT_UNKNOWN: break;
	}
	return word(language, WORD_UNKNOWN);
}

static const char *unit(enum language language, const char *vi, const char *en)
{
	return language == LANGUAGE_VI ? vi : en;
}

void write_count(struct buffer *out, enum language language, uint64_t n)
{
	char digits[24];
	int length = snprintf(digits, sizeof digits, "%llu", (unsigned long long)n);

	for (int i = 0; i < length; i++) {
		if (i > 0 && (length - i) % 3 == 0)
			buffer_text(out, unit(language, ".", ","));
		buffer_u8(out, (uint8_t)digits[i]);
	}
}

void write_decimal(struct buffer *out, enum language language, double value,
		   unsigned decimals)
{
	uint64_t scale = 1, scaled;

	for (unsigned i = 0; i < decimals; i++)
		scale *= 10;
	scaled = (uint64_t)(value * (double)scale + 0.5);
	write_count(out, language, scaled / scale);
	if (decimals > 0)
		buffer_format(out, "%s%0*llu", unit(language, ",", "."), (int)decimals,
			      (unsigned long long)(scaled % scale));
}

void write_size(struct buffer *out, enum language language, uint64_t n_bytes)
{
	static const char *const units[] = {"B", "KB", "MB", "GB", "TB", "PB"};
	double value = (double)n_bytes;
	size_t i = 0;

	while (value >= 1024 && i + 1 < sizeof units / sizeof units[0]) {
		value /= 1024;
		i++;
	}
	write_decimal(out, language, value, i == 0 ? 0 : 1);
	buffer_format(out, " %s", units[i]);
}

void write_percent(struct buffer *out, enum language language, uint64_t part,
		   uint64_t whole)
{
	double tenths = whole == 0 ? 0 : 1000 * ((double)part / (double)whole);

	/* 999 of 1,000,000 missing is not "100 %": that would hide the gap */
	if (part < whole && tenths > 999)
		tenths = 999;
	if (part > 0 && tenths < 1)
		tenths = 1;
	write_decimal(out, language, tenths / 10, tenths >= 1000 || part == 0 ? 0 : 1);
	buffer_text(out, " %");
}

void write_duration(struct buffer *out, enum language language, double seconds)
{
	uint64_t whole = (uint64_t)seconds;

	if (whole >= 3600)
		buffer_format(
		    out, "%llu %s %02llu %s", (unsigned long long)(whole / 3600),
		    unit(language, "giờ", "h"), (unsigned long long)(whole / 60 % 60),
		    unit(language, "phút", "min"));
	else if (whole >= 60)
		buffer_format(
		    out, "%llu %s %02llu %s", (unsigned long long)(whole / 60),
		    unit(language, "phút", "min"), (unsigned long long)(whole % 60),
		    unit(language, "giây", "s"));
	else {
		write_decimal(out, language, seconds, 1);
		buffer_format(out, " %s", unit(language, "giây", "s"));
	}
}

struct civil {
	int year;
	unsigned month, day, hour, minute, second;
};

/* The Gregorian calendar, counted from 1 March of the year 0 so that the leap day is
 * the last of its year. */
static struct civil civil_of(int64_t seconds)
{
	int64_t days = seconds / 86400, rest = seconds % 86400;
	int64_t era, year;
	unsigned day_of_era, day_of_year, year_of_era, month;

	if (rest < 0) {
		rest += 86400;
		days--;
	}
	days += 719468;
	era = (days >= 0 ? days : days - 146096) / 146097;
	day_of_era = (unsigned)(days - era * 146097);
	year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 -
		       day_of_era / 146096) /
		      365;
	day_of_year =
	    day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
	month = (5 * day_of_year + 2) / 153;
	year = (int64_t)year_of_era + era * 400 + (month >= 10);
	return (struct civil){
	    .year = (int)year,
	    .month = month < 10 ? month + 3 : month - 9,
	    .day = day_of_year - (153 * month + 2) / 5 + 1,
	    .hour = (unsigned)(rest / 3600),
	    .minute = (unsigned)(rest / 60 % 60),
	    .second = (unsigned)(rest % 60),
	};
}

void write_time(struct buffer *out, uint64_t utc_ms, int utc_offset_minutes)
{
	struct civil t =
	    civil_of((int64_t)(utc_ms / 1000) + 60 * (int64_t)utc_offset_minutes);

	buffer_format(out, "%02u/%02u/%04d %02u:%02u", t.day, t.month, t.year, t.hour,
		      t.minute);
}

void write_time_iso(struct buffer *out, uint64_t utc_ms)
{
	struct civil t = civil_of((int64_t)(utc_ms / 1000));

	buffer_format(out, "%04d-%02u-%02uT%02u:%02u:%02uZ", t.year, t.month, t.day,
		      t.hour, t.minute, t.second);
}

static bool is_iso_date(const char *text)
{
	for (const char *shape = "0000-00-00"; *shape != 0; shape++, text++)
		if (*shape == '0' ? !isdigit((unsigned char)*text) : *text != *shape)
			return false;
	return *text == 0;
}

void write_iso_date(struct buffer *out, const char *iso)
{
	if (is_iso_date(iso))
		buffer_format(out, "%.2s/%.2s/%.4s", &iso[8], &iso[5], iso);
	else
		encode_visible(out, bytes_of(iso));
}
