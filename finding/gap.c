#include "finding/gap.h"

static const struct {
	const char *name;
	const char *sentence[N_LANGUAGES];
} reasons[N_GAP_REASONS] = {
    [GAP_UNREADABLE] = {"unreadable", {"không đủ quyền đọc", "access was denied"}},
    [GAP_IO_ERROR] = {"io-error",
		      {"thiết bị hoặc hệ thống tệp báo lỗi khi đọc",
		       "the device or file system failed while reading"}},
    [GAP_VANISHED] = {"vanished",
		      {"đã mất trước khi kịp mở",
		       "it was gone before it could be opened"}},
    [GAP_CHANGED] = {"changed",
		     {"bị thay đổi trong khi đọc", "it changed while it was read"}},
    [GAP_TOO_LARGE] = {"too-large",
		       {"lớn hơn giới hạn đã đặt", "it is larger than the limit set"}},
    [GAP_SPARSE] = {"sparse",
		    {"phần rỗng của tệp thưa vượt giới hạn, không đọc",
		     "holes of a sparse file beyond the limit were not read"}},
    [GAP_NOT_A_FILE] = {"not-a-file",
			{"không phải tệp thường (thiết bị, ống dẫn)",
			 "it is no regular file (device, socket, pipe)"}},
    [GAP_LOOP] = {"loop",
		  {"liên kết quay vòng",
		   "a link or mount leads back to where it began"}},
    [GAP_NETWORK] = {"network",
		     {"nằm trên hệ thống tệp mạng, không thuộc --all",
		      "it is on a network file system, which --all leaves out"}},
    [GAP_TIMEOUT] = {"timeout",
		     {"quá thời gian cho một đối tượng",
		      "the time for one object was over"}},
    [GAP_STOPPED] = {"stopped",
		     {"việc rà quét bị dừng hoặc hết thời gian",
		      "the sweep was stopped or its time was over"}},
    [GAP_TOO_MANY_MATCHES] = {"too-many-matches",
			      {"quá nhiều chỗ trùng khớp, danh sách bị cắt",
			       "there were too many matches and the list was cut"}},
    [GAP_TOO_COMPLEX] = {"too-complex",
			 {"biểu thức quá phức tạp với nội dung này",
			  "an expression was too complex for this content"}},
    [GAP_OUT_OF_MEMORY] = {"out-of-memory", {"thiếu bộ nhớ", "memory ran out"}},
    [GAP_WORKER_DIED] = {"worker-died",
			 {"tiến trình kiểm tra bị hỏng hoặc treo khi đang đọc",
			  "the worker crashed, hung or was killed while it had the "
			  "object"}},
    [GAP_RULES_REFUSED] = {"rules-refused",
			   {"một số luật bị từ chối nên không được áp dụng",
			    "some rules were refused and therefore not applied"}},
    [GAP_LISTING] = {"listing",
		     {"không liệt kê được thư mục", "the folder could not be listed"}},
    [GAP_RULE_OUTPUT] = {"rule-output",
			 {"luật in ra quá nhiều, phần sau bị bỏ",
			  "rules printed too much, and the rest was dropped"}},
    [GAP_MODULE_LIMIT] = {"module-limit",
			  {"cấu trúc tệp vượt giới hạn đọc, luật chỉ xét phần đã đọc",
			   "its structures go beyond what is read of them, and rules "
			   "saw only that"}},
    [GAP_ENCRYPTED] = {"encrypted",
		       {"tệp nén đặt mật khẩu, không mở được bên trong",
			"an archive with a password: its members cannot be opened"}},
    [GAP_PROGRAM_UNKNOWN] =
	{"program-unknown",
	 {"chương trình đang chạy của người khác, không biết tệp nào",
	  "a running program of which the file cannot be told"}},
    [GAP_ROOT_NOT_SWEPT] = {"root-not-swept",
			    {"nơi mà phạm vi yêu cầu nhưng lần này không rà quét",
			     "the scope requires this place, and it was not swept"}},
    [GAP_PROCESSES_NOT_SWEPT] =
	{"processes-not-swept",
	 {"phạm vi yêu cầu bộ nhớ của chương trình đang chạy, lần "
	  "này không rà quét",
	  "the scope requires the memory of processes, and it was "
	  "not swept"}},
    [GAP_PERSISTENCE_NOT_READ] = {"persistence-not-read",
				  {"phạm vi yêu cầu đọc các điểm tự khởi động, lần này "
				   "không làm",
				   "the scope requires what starts by itself, and it "
				   "was not read"}},
    [GAP_INDICATORS] = {"indicators",
			{"không tra được danh sách chỉ báo",
			 "a list of indicators could not be asked about it"}},
    [GAP_INDICATORS_REFUSED] = {"indicators-refused",
				{"một số dòng của danh sách chỉ báo bị từ chối nên "
				 "không được áp dụng",
				 "some lines of lists of indicators were refused and "
				 "therefore not applied"}},
    [GAP_IN_PARTS] =
	{"in-parts",
	 {"quá lớn so với bộ nhớ còn trống, phải kiểm tra từng phần: không "
	  "luật nào xét được toàn bộ cùng lúc",
	  "too large for the memory that is free, and examined in parts: no "
	  "rule saw the whole at once"}},
};

const char *gap_name(enum gap_reason reason)
{
	return reasons[reason].name;
}

const char *gap_sentence(enum language language, enum gap_reason reason)
{
	return reasons[reason].sentence[language];
}
