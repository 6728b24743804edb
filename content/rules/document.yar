/*
 * Documents and shortcuts that start programs.
 *
 * Licence: Apache-2.0
 */
rule Office_macro_starts_download : office macro
{
	meta:
		description_vi = "Macro tự chạy, tải tệp và chạy chương trình"
		description_en = "A macro that runs by itself, downloads and executes"
		advice_vi = "Không mở tệp; hỏi người dùng nhận tệp từ đâu và đã mở chưa, báo bộ phận kỹ thuật trong hôm nay."
		advice_en = "Do not open it; ask the user where it came from and whether it was opened, tell the technical team today."
		author = "Raquet"
		reference = "docs/content.md"
		license = "Apache-2.0"
		date = "2026-11-22"
		severity = "high"
		score = 80
	strings:
		$auto_a = "AutoOpen" nocase
		$auto_b = "Document_Open" nocase
		$auto_c = "Workbook_Open" nocase
		$auto_d = "Auto_Open" nocase
		$get_a = "URLDownloadToFile" nocase
		$get_b = "MSXML2.XMLHTTP" nocase ascii wide
		$get_c = "WinHttp.WinHttpRequest" nocase ascii wide
		$get_d = "DownloadFile" nocase
		$run_a = "WScript.Shell" nocase ascii wide
		$run_b = "ShellExecute" nocase
		$run_c = "powershell" nocase ascii wide
	condition:
		uint32be(0) == 0xd0cf11e0 and any of ($auto_*) and any of ($get_*) and any of ($run_*)
}

rule Shortcut_starts_encoded_PowerShell : lnk powershell
{
	meta:
		description_vi = "Lối tắt chạy lệnh PowerShell được mã hóa"
		description_en = "A shortcut that runs an encoded PowerShell command"
		advice_vi = "Không mở tệp; hỏi người dùng nhận tệp từ đâu và đã mở chưa, báo bộ phận kỹ thuật trong hôm nay."
		advice_en = "Do not open it; ask the user where it came from and whether it was opened, tell the technical team today."
		author = "Raquet"
		reference = "docs/content.md"
		license = "Apache-2.0"
		date = "2026-11-22"
		severity = "high"
		score = 85
	strings:
		$shell = "powershell" nocase ascii wide
		$encoded = " -enc" nocase ascii wide
		$hidden = "hidden" nocase ascii wide
		$web = "DownloadString" nocase ascii wide
	condition:
		uint32(0) == 0x4c and uint32(4) == 0x00021401 and filesize < 1MB and
		$shell and any of ($encoded, $hidden, $web)
}

rule Shortcut_starts_script_host : lnk
{
	meta:
		description_vi = "Lối tắt chạy mshta hoặc script từ mạng"
		description_en = "A shortcut that runs mshta or a script from the network"
		advice_vi = "Không mở tệp; hỏi người dùng nhận tệp từ đâu và đã mở chưa, báo bộ phận kỹ thuật trong hôm nay."
		advice_en = "Do not open it; ask the user where it came from and whether it was opened, tell the technical team today."
		author = "Raquet"
		reference = "docs/content.md"
		license = "Apache-2.0"
		date = "2026-11-22"
		severity = "high"
		score = 80
	strings:
		$host_a = "mshta" nocase ascii wide
		$host_b = "wscript" nocase ascii wide
		$host_c = "regsvr32" nocase ascii wide
		$web = "http" nocase ascii wide
	condition:
		uint32(0) == 0x4c and uint32(4) == 0x00021401 and filesize < 1MB and
		any of ($host_*) and $web
}

rule Program_with_double_extension : name
{
	meta:
		description_vi = "Chương trình giả dạng tài liệu: hai phần mở rộng"
		description_en = "A program named like a document: two endings"
		advice_vi = "Không mở tệp; hỏi người dùng nhận tệp từ đâu và đã mở chưa, báo bộ phận kỹ thuật trong hôm nay."
		advice_en = "Do not open it; ask the user where it came from and whether it was opened, tell the technical team today."
		author = "Raquet"
		reference = "docs/content.md"
		license = "Apache-2.0"
		date = "2026-11-22"
		severity = "high"
		score = 85
	condition:
		uint16(0) == 0x5a4d and
		filename matches /\.(pdf|docx?|xlsx?|pptx?|rtf|jpe?g|png|txt|zip|rar) *\.(exe|scr|com|pif)$/i
}

rule RTF_equation_object : office exploit
{
	meta:
		description_vi = "Tệp RTF nhúng đối tượng Equation (lỗ hổng CVE-2017-11882)"
		description_en = "An RTF file with an embedded Equation object (CVE-2017-11882)"
		advice_vi = "Không mở tệp; hỏi người dùng nhận tệp từ đâu và đã mở chưa, báo bộ phận kỹ thuật trong hôm nay."
		advice_en = "Do not open it; ask the user where it came from and whether it was opened, tell the technical team today."
		author = "Raquet"
		reference = "CVE-2017-11882"
		license = "Apache-2.0"
		date = "2026-11-22"
		severity = "high"
		score = 80
	strings:
		$object = "\\objdata" nocase
		/* the class identifier 0002CE02-0000-0000-C000-000000000046 as hex digits */
		$class = "02ce020000000000c000000000000046" nocase
		$name = "4571756174696f6e2e33" nocase
	condition:
		uint32be(0) == 0x7b5c7274 and $object and ($class or $name)
}
