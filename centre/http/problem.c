#include "centre/http/problem.h"

#include "bytes/encoding.h"
#include "finding/words.h"

#include <strings.h>

static const struct {
	unsigned status;
	const char *type;
	const char *title[N_LANGUAGES];
} problems[N_PROBLEMS] = {
    [PROBLEM_BAD_REQUEST] = {400,
			     "bad-request",
			     {"Yêu cầu không đúng dạng", "The request is malformed"}},
    [PROBLEM_NOT_SIGNED_IN] = {401,
			       "not-signed-in",
			       {"Cần đăng nhập", "Sign in first"}},
    [PROBLEM_SIGN_IN_REFUSED] = {401,
				 "sign-in-refused",
				 {"Tên đăng nhập, mật khẩu hoặc mã không đúng",
				  "The login, password or code is wrong"}},
    [PROBLEM_CODE_WANTED] = {401,
			     "code-wanted",
			     {"Cần mã dùng một lần", "A one-time code is needed"}},
    [PROBLEM_LOCKED] = {403,
			"locked",
			{"Tài khoản tạm khóa vì nhập sai nhiều lần",
			 "The account is locked for a while after wrong attempts"}},
    [PROBLEM_MUST_CHANGE] = {403,
			     "must-change",
			     {"Hãy đổi mật khẩu trước", "Change the password first"}},
    [PROBLEM_NOT_ALLOWED] = {403,
			     "not-allowed",
			     {"Không có quyền làm việc này",
			      "You have no right to do this"}},
    [PROBLEM_OTHER_SITE] = {403,
			    "other-site",
			    {"Yêu cầu đến từ một trang khác",
			     "The request comes from another site"}},
    [PROBLEM_CERTIFICATE_NEEDED] = {403,
				    "certificate-needed",
				    {"Cần chứng thư của máy",
				     "A certificate of a machine is needed"}},
    [PROBLEM_CERTIFICATE_EXPIRED] = {403,
				     "certificate-expired",
				     {"Chứng thư đã hết hạn, chỉ được gia hạn",
				      "The certificate has ended and is good for "
				      "renewal only"}},
    [PROBLEM_NOT_FOUND] = {404, "not-found", {"Không tìm thấy", "Not found"}},
    [PROBLEM_METHOD] = {405,
			"method",
			{"Địa chỉ này không nhận phương thức đó",
			 "This address does not take that method"}},
    [PROBLEM_CONFLICT] = {409,
			  "conflict",
			  {"Dữ liệu đã được người khác thay đổi",
			   "It has been changed meanwhile"}},
    [PROBLEM_TOO_LARGE] = {413,
			   "too-large",
			   {"Nội dung gửi lên quá lớn", "The content is too large"}},
    [PROBLEM_WRONG_TYPE] = {415,
			    "wrong-type",
			    {"Không nhận loại nội dung này",
			     "Content of this type is not taken"}},
    [PROBLEM_NOT_VALID] = {422,
			   "not-valid",
			   {"Dữ liệu không hợp lệ", "The data is not valid"}},
    [PROBLEM_TOO_OFTEN] = {429,
			   "too-often",
			   {"Quá nhiều yêu cầu, hãy thử lại sau",
			    "Too many requests, try again later"}},
    [PROBLEM_FAILED] = {500, "failed", {"Máy chủ gặp lỗi", "The centre failed"}},
    [PROBLEM_BUSY] = {503,
		      "busy",
		      {"Máy chủ đang bận, hãy thử lại",
		       "The centre is busy, try again"}},
    [PROBLEM_NO_ROOM] = {507,
			 "no-room",
			 {"Máy chủ hết chỗ lưu", "The centre has no room left"}},
};

const char *problem_type(enum problem problem)
{
	return problems[problem].type;
}

static enum language preferred(const struct http_request *request)
{
	struct bytes accept = request->headers[HTTP_ACCEPT_LANGUAGE];

	return accept.n >= 2 && strncasecmp((const char *)accept.at, "en", 2) == 0
		   ? LANGUAGE_EN
		   : LANGUAGE_VI;
}

void problem_send(struct http_reply *reply, const struct http_request *request,
		  enum problem problem, struct bytes detail)
{
	struct buffer *out = http_reply_body(reply);
	const char *title = problems[problem].title[preferred(request)];

	buffer_clear(out);
	http_reply_status(reply, problems[problem].status);
	http_reply_header(reply, "Content-Type",
			  BYTES_LITERAL("application/problem+json"));
	if (problems[problem].status == 503 || problems[problem].status == 507)
		http_reply_header(reply, "Retry-After", BYTES_LITERAL("5"));
	buffer_format(out, "{\"type\":\"urn:raquet:problem:%s\",\"title\":",
		      problems[problem].type);
	encode_json(out, bytes_of(title));
	buffer_format(out, ",\"status\":%u", problems[problem].status);
	if (detail.n != 0) {
		buffer_text(out, ",\"detail\":");
		encode_json(out, detail);
	}
	buffer_text(out, "}\n");
	http_reply_send(reply);
}

enum problem problem_of(enum rq_err err)
{
	switch (err) {
	case RQ_ERR_NOT_FOUND: return PROBLEM_NOT_FOUND;
	case RQ_ERR_ACCESS: return PROBLEM_NOT_ALLOWED;
	case RQ_ERR_LIMIT: return PROBLEM_TOO_LARGE;
	case RQ_ERR_USAGE: return PROBLEM_NOT_VALID;
	case RQ_ERR_CONFLICT: return PROBLEM_CONFLICT;
	case RQ_ERR_MEMORY:
	case RQ_ERR_TIMEOUT:
	case RQ_ERR_RETRY: return PROBLEM_BUSY;
	case RQ_ERR_FULL: return PROBLEM_NO_ROOM;
	default: return PROBLEM_FAILED;
	}
}
