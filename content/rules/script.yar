/*
 * Scripts that hide what they do, and pages that obey strangers.
 *
 * Licence: Apache-2.0
 */
rule PowerShell_encoded_download : script powershell
{
	meta:
		description_vi = "PowerShell ẩn cửa sổ, tải và chạy mã"
		description_en = "Hidden PowerShell that downloads and runs code"
		advice_vi = "Không chạy tệp; hỏi ai tạo hoặc gửi tệp, báo bộ phận kỹ thuật trong hôm nay."
		advice_en = "Do not run it; ask who made or sent it, tell the technical team today."
		author = "Raquet"
		reference = "docs/content.md"
		license = "Apache-2.0"
		date = "2026-11-22"
		severity = "high"
		score = 80
	strings:
		$hidden = /-w(indowstyle)?\s{1,3}hidden/ nocase
		$bypass = /-e(xecution)?p(olicy)?\s{1,3}bypass/ nocase
		$get_a = "DownloadString(" nocase
		$get_b = "FromBase64String(" nocase
		$run_a = "IEX" fullword nocase
		$run_b = "Invoke-Expression" nocase
	condition:
		filesize < 1MB and uint16(0) != 0x5a4d and uint32be(0) != 0x7f454c46 and
		$hidden and $bypass and any of ($get_*) and any of ($run_*)
}

rule Script_starts_encoded_command : script powershell
{
	meta:
		description_vi = "Kịch bản chạy lệnh PowerShell mã hóa dài"
		description_en = "A script that runs a long encoded PowerShell command"
		advice_vi = "Không chạy tệp; hỏi ai tạo hoặc gửi tệp, báo bộ phận kỹ thuật trong hôm nay."
		advice_en = "Do not run it; ask who made or sent it, tell the technical team today."
		author = "Raquet"
		reference = "docs/content.md"
		license = "Apache-2.0"
		date = "2026-11-22"
		severity = "high"
		score = 75
	strings:
		$a = /powershell(\.exe)?["' ][^\r\n]{0,80}-e(nc|ncodedcommand)?\s{1,3}["']?[A-Za-z0-9+\/]{200}/ nocase
	condition:
		filesize < 2MB and $a
}

rule PHP_web_shell_request : webshell
{
	meta:
		description_vi = "Trang PHP chạy mã do người gọi gửi tới"
		description_en = "A PHP page that runs what its caller sends"
		advice_vi = "Giữ nguyên tệp và nhật ký của máy chủ web, tạm ngừng trang này; báo ngay cho bộ phận ứng cứu sự cố."
		advice_en = "Keep the file and the logs of the web server, take the page out of service; call the incident team now."
		author = "Raquet"
		reference = "docs/content.md"
		license = "Apache-2.0"
		date = "2026-11-22"
		severity = "high"
		score = 85
	strings:
		$php = "<?php" nocase
		$run = /(eval|assert|system|passthru|shell_exec)\s{0,3}\(\s{0,3}(base64_decode\s{0,3}\(\s{0,3})?\$_(POST|GET|REQUEST|COOKIE)\[/ nocase
	condition:
		filesize < 1MB and $php and $run
}

rule ASPX_web_shell_request : webshell
{
	meta:
		description_vi = "Trang ASPX chạy mã do người gọi gửi tới"
		description_en = "An ASPX page that runs what its caller sends"
		advice_vi = "Giữ nguyên tệp và nhật ký của máy chủ web, tạm ngừng trang này; báo ngay cho bộ phận ứng cứu sự cố."
		advice_en = "Keep the file and the logs of the web server, take the page out of service; call the incident team now."
		author = "Raquet"
		reference = "docs/content.md"
		license = "Apache-2.0"
		date = "2026-11-22"
		severity = "high"
		score = 85
	strings:
		$page = /<%@\s{0,8}Page\s{1,8}Language/ nocase
		$run = /eval\s{0,3}\(\s{0,3}Request(\.Item)?\s{0,3}[\[\(]/ nocase
	condition:
		filesize < 1MB and $page and $run
}
