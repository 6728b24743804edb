#include "sealed/describe.h"

#include "bytes/encoding.h"

enum label {
	LABEL_SWEEP,
	LABEL_COPY,
	LABEL_PROGRAM,
	LABEL_KIT,
	LABEL_CONTENT,
	LABEL_PERIOD,
	LABEL_SEALED,
	LABEL_UPTIME,
	LABEL_BOOT,
	LABEL_VERDICT,
	LABEL_SEEN,
	LABEL_SCANNED,
	LABEL_FOUND,
	LABEL_FINDINGS,
	LABEL_GAPS,
	N_LABELS,
};

static const char *const labels[N_LABELS][N_LANGUAGES] = {
    [LABEL_SWEEP] = {"lần rà quét", "sweep"},
    [LABEL_COPY] = {"bản Raquet (khóa)", "copy of Raquet (key)"},
    [LABEL_PROGRAM] = {"phiên bản", "version"},
    [LABEL_KIT] = {"bộ công cụ", "kit"},
    [LABEL_CONTENT] = {"nội dung", "content"},
    [LABEL_PERIOD] = {"rà quét", "swept"},
    [LABEL_SEALED] = {"niêm phong", "sealed"},
    [LABEL_UPTIME] = {"máy đã chạy", "machine was up"},
    [LABEL_BOOT] = {"lần khởi động", "start of the system"},
    [LABEL_VERDICT] = {"kết luận", "verdict"},
    [LABEL_SEEN] = {"số tệp thấy", "files seen"},
    [LABEL_SCANNED] = {"số tệp đã kiểm tra", "files examined"},
    [LABEL_FOUND] = {"số tệp có phát hiện", "files with findings"},
    [LABEL_FINDINGS] = {"số phát hiện", "findings"},
    [LABEL_GAPS] = {"số phần chưa kiểm tra được", "gaps"},
};

static const char *const facts[N_FACT_KINDS][N_LANGUAGES] = {
    [FACT_HOST_NAME] = {"tên máy", "name of the machine"},
    [FACT_MAKER] = {"hãng", "maker"},
    [FACT_MODEL] = {"kiểu máy", "model"},
    [FACT_SERIAL] = {"số sê-ri", "serial number"},
    [FACT_BOARD_SERIAL] = {"số sê-ri bo mạch", "serial number of the board"},
    [FACT_ADDRESS] = {"địa chỉ mạng (MAC)", "network address (MAC)"},
    [FACT_INSTALLED] = {"ngày cài hệ thống", "system installed"},
    [FACT_ASSET_TAG] = {"mã tài sản (theo danh sách)", "asset tag (from the list)"},
    [FACT_ASSET_TYPED] = {"mã tài sản (ngoài danh sách)", "asset tag (not on a list)"},
    [FACT_UNIT] = {"đơn vị (theo danh sách)", "unit (from the list)"},
};

static void put_label(struct buffer *out, const char *label)
{
	enum { COLUMN = 30 };
	size_t n = utf8_columns(bytes_of(label));

	buffer_format(out, "  %s:", label);
	do
		buffer_u8(out, ' ');
	while (n++ < COLUMN);
}

static void text_line(struct buffer *out, const char *label, struct bytes text)
{
	if (text.n == 0)
		return;
	put_label(out, label);
	encode_visible(out, text);
	buffer_u8(out, '\n');
}

static void hex_line(struct buffer *out, const char *label, const uint8_t *at, size_t n)
{
	put_label(out, label);
	encode_hex(out, (struct bytes){at, n});
	buffer_u8(out, '\n');
}

static void count_line(struct buffer *out, enum language language, enum label label,
		       uint64_t n)
{
	put_label(out, labels[label][language]);
	write_count(out, language, n);
	buffer_u8(out, '\n');
}

static void contents(struct buffer *out, const struct sealed_header *header,
		     enum language language)
{
	for (size_t i = 0; i < header->n_contents; i++) {
		put_label(out, labels[LABEL_CONTENT][language]);
		encode_visible(out, header->contents[i].name);
		if (header->contents[i].version.n > 0)
			buffer_text(out, ", ");
		encode_visible(out, header->contents[i].version);
		buffer_text(out, ", SHA-256 ");
		encode_hex(out, (struct bytes){header->contents[i].sha256, 32});
		buffer_u8(out, '\n');
	}
}

void describe_header(struct buffer *out, const struct sealed_header *header,
		     enum language language, int utc_offset_minutes)
{
	hex_line(out, labels[LABEL_SWEEP][language], header->sweep_id, SWEEP_ID_SIZE);
	hex_line(out, labels[LABEL_COPY][language], header->copy, SIGN_PUBLIC_SIZE);
	text_line(out, labels[LABEL_KIT][language], header->kit);
	for (size_t i = 0; i < header->n_facts; i++)
		text_line(out, facts[header->facts[i].kind][language],
			  header->facts[i].text);
	text_line(out, labels[LABEL_PROGRAM][language], header->program);
	contents(out, header, language);
	put_label(out, labels[LABEL_PERIOD][language]);
	write_time(out, header->started_ms, utc_offset_minutes);
	buffer_text(out, " – ");
	write_time(out, header->ended_ms, utc_offset_minutes);
	buffer_u8(out, '\n');
	put_label(out, labels[LABEL_SEALED][language]);
	write_time(out, header->sealed_ms, utc_offset_minutes);
	buffer_u8(out, '\n');
	put_label(out, labels[LABEL_UPTIME][language]);
	write_duration(out, language, (double)header->uptime_ms / 1000);
	buffer_u8(out, '\n');
	text_line(out, labels[LABEL_BOOT][language], header->boot_id);
	text_line(out, labels[LABEL_VERDICT][language],
		  bytes_of(word_verdict(language, header->verdict)));
	count_line(out, language, LABEL_SEEN, header->n_seen);
	put_label(out, labels[LABEL_SCANNED][language]);
	write_count(out, language, header->n_scanned);
	buffer_text(out, ", ");
	write_size(out, language, header->bytes_scanned);
	buffer_u8(out, '\n');
	count_line(out, language, LABEL_FOUND, header->n_found);
	count_line(out, language, LABEL_FINDINGS, header->n_findings);
	count_line(out, language, LABEL_GAPS, header->n_gaps);
}

const char *describe_limits(enum language language)
{
	static const char *const sentences[N_LANGUAGES] = {
	    "Niêm phong chứng minh tệp không bị thay đổi từ khi ghi và bản Raquet nào "
	    "đã "
	    "ghi.\nNó không chứng minh rằng máy đã rà quét là trung thực.",
	    "A seal proves that the file is as it was written, and which copy of "
	    "Raquet "
	    "wrote it.\nIt does not prove that the machine was honest."};

	return sentences[language];
}
