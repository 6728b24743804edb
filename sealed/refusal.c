#include "sealed/sealed.h"

static const char *const sentences[N_SEALED_REFUSALS][N_LANGUAGES] = {
    [SEALED_GOOD] = {"nguyên vẹn", "good"},
    [SEALED_NO_SEAL] = {"không phải tệp kết quả niêm phong", "it is no sealed result"},
    [SEALED_VERSION] = {"định dạng của phiên bản khác, bản này không đọc được",
			"its format is of another version, which this program does "
			"not read"},
    [SEALED_SIZE] = {"tệp bị cắt ngắn hoặc bị nối thêm",
		     "it was cut short, or something was added to it"},
    [SEALED_FIELD] = {"nội dung không đúng định dạng",
		      "it is not as the format has it"},
    [SEALED_NEEDS_CENTRE] = {"đã mã hóa cho máy chủ; cần --centre-private-key",
			     "it is encrypted to the centre; --centre-private-key is "
			     "needed"},
    [SEALED_OTHER_CENTRE] = {"mã hóa cho một máy chủ khác",
			     "it is encrypted to another centre"},
    [SEALED_BOX] = {"đã bị thay đổi sau khi mã hóa",
		    "it was changed after it was encrypted"},
    [SEALED_SIGNATURE] = {"chữ ký không khớp: đã bị thay đổi sau khi ghi",
			  "the signature does not fit: it was changed after it was "
			  "written"},
    [SEALED_OTHER_COPY] = {"do một bản Raquet khác ghi",
			   "another copy of Raquet wrote it"},
    [SEALED_NO_UNIT] = {"không kèm mã của đơn vị", "it has no code of the unit"},
    [SEALED_OTHER_UNIT] = {"mã của đơn vị không khớp",
			   "it was sealed with another code of the unit"},
    [SEALED_BODY] = {"phần nội dung không giải nén được",
		     "its body cannot be unpacked"},
    [SEALED_NO_ZSTD] = {"nội dung nén bằng zstd, bản này không giải nén được",
			"its body is compressed by zstd, which this build cannot "
			"unpack"},
    [SEALED_LINES] =
	{"các dòng bên trong không phải một kết quả, hoặc khác với phần đầu",
	 "its lines are no result, or another than its header says"},
    [SEALED_READER] = {"tiến trình đọc tệp này bị hỏng hoặc treo",
		       "the process that read it crashed or hung"},
};

const char *sealed_refusal_sentence(enum language language, enum sealed_refusal refusal)
{
	return sentences[refusal][language];
}
