/*
 * Operation SignSight (2020): trojanised installers of the Government's signature
 * token software.  The strings are published facts; the rules are our own.  The known
 * files, and what lies in the wrong place, are in packs/signsight.artefact.
 *
 * Licence: Apache-2.0
 */
rule SignSight_dropper_strings : signsight malware
{
	meta:
		description_vi = "Chương trình thả mã độc kiểu SignSight"
		description_en = "A program that drops malware as SignSight does"
		advice_vi = "Ngắt máy khỏi mạng, không tắt máy, không mở và không xóa tệp; báo ngay cho bộ phận ứng cứu sự cố."
		advice_en = "Take the machine off the network, leave it running, open and delete nothing; call the incident team now."
		author = "Raquet"
		reference = "ESET, Operation SignSight, 2020-12-17"
		license = "Apache-2.0"
		date = "2026-11-22"
		severity = "critical"
		score = 95
	strings:
		$task = "schtasks /F /create /tn:Windows\\Update" ascii wide nocase
		$service = "TmV0QmlvcyBNZXNzYWdlciBSZWdpc3Rlcg=="
		$folder = "C:\\windows\\apppatch\\" ascii wide nocase
		$library = "Smanager_ssl.dll" ascii wide
		$about = "&About VVSup" wide
	condition:
		uint16(0) == 0x5a4d and filesize > 50KB and 3 of them
}

rule SignSight_backdoor_strings : signsight malware
{
	meta:
		description_vi = "Cửa hậu PhantomNet của SignSight"
		description_en = "The backdoor PhantomNet of SignSight"
		advice_vi = "Ngắt máy khỏi mạng, không tắt máy, không mở và không xóa tệp; báo ngay cho bộ phận ứng cứu sự cố."
		advice_en = "Take the machine off the network, leave it running, open and delete nothing; call the incident team now."
		author = "Raquet"
		reference = "ESET, Operation SignSight, 2020-12-17"
		license = "Apache-2.0"
		date = "2026-11-22"
		severity = "critical"
		score = 95
	strings:
		$mutex = "GlobalAcprotectMutex" ascii wide
		$library = "Smanager_ssl.dll"
		$proxy_a = "Proxy-Authorization: NTLM"
		$proxy_b = "Proxy-Authenticate: NTLM"
		$antivirus = "SELECT * FROM AntiVirusProduct" ascii wide
		$export = "Entery" fullword
	condition:
		uint16(0) == 0x5a4d and filesize > 50KB and
		($mutex or ($library and $export) or (all of ($proxy_*) and $antivirus and $export))
}

rule SignSight_control_domain : signsight
{
	meta:
		description_vi = "Chương trình chứa tên miền điều khiển của SignSight"
		description_en = "A program that holds a control domain of SignSight"
		advice_vi = "Ngắt máy khỏi mạng, không tắt máy, không mở và không xóa tệp; báo ngay cho bộ phận ứng cứu sự cố."
		advice_en = "Take the machine off the network, leave it running, open and delete nothing; call the incident team now."
		author = "Raquet"
		reference = "ESET, Operation SignSight, 2020-12-17"
		license = "Apache-2.0"
		date = "2026-11-22"
		severity = "high"
		score = 85
	strings:
		$a = "office365.blogdns.com" ascii wide nocase
		$b = "vgca.homeunix.org" ascii wide nocase
	condition:
		(uint16(0) == 0x5a4d or uint32be(0) == 0x7f454c46) and any of them
}

rule SignSight_installer_set : signsight malware
{
	meta:
		description_vi = "Nhiều chuỗi của chương trình cài SignSight trong một tệp"
		description_en = "Many strings of the SignSight installer in one file"
		advice_vi = "Ngắt máy khỏi mạng, không tắt máy, không mở và không xóa tệp; báo ngay cho bộ phận ứng cứu sự cố."
		advice_en = "Take the machine off the network, leave it running, open and delete nothing; call the incident team now."
		author = "Raquet"
		reference = "public analyses of Smanager, 2020-12"
		license = "Apache-2.0"
		date = "2026-11-22"
		severity = "critical"
		score = 95
	strings:
		$task = "schtasks /F /create /tn:Windows\\Update" ascii wide
		$group = "%s\\system32\\svchost.exe -k %s" ascii wide
		$root = "%systemroot%" ascii wide nocase
		$library = "Smanager_ssl.dll" ascii wide
		$services = "SYSTEM\\CurrentControlSet\\Services" ascii wide nocase
		$svchost = "Microsoft\\Windows NT\\CurrentVersion\\Svchost" ascii wide nocase
		$folder = "C:\\windows\\apppatch\\" ascii wide nocase
		$name = "TmV0QmlvcyBNZXNzYWdlciBSZWdpc3Rlcg==" ascii wide
		$https = "https=%[^:]:%d" ascii wide
		$socks = "socks=%[^:]:%d" ascii wide
		$http = "http=%[^:]:%d" ascii wide
		$about = "&About VVSup" wide
		$temporary = "%d.tmp" ascii wide
	condition:
		uint16(0) == 0x5a4d and filesize > 90KB and 7 of them and
		not SignSight_dropper_strings
}

rule PhantomNet_backdoor_set : signsight malware
{
	meta:
		description_vi = "Nhiều chuỗi của cửa hậu PhantomNet trong một tệp"
		description_en = "Many strings of the PhantomNet backdoor in one file"
		advice_vi = "Ngắt máy khỏi mạng, không tắt máy, không mở và không xóa tệp; báo ngay cho bộ phận ứng cứu sự cố."
		advice_en = "Take the machine off the network, leave it running, open and delete nothing; call the incident team now."
		author = "Raquet"
		reference = "public analyses of Smanager, 2020-12"
		license = "Apache-2.0"
		date = "2026-11-22"
		severity = "critical"
		score = 90
	strings:
		$number = "%s%08X" ascii wide
		$browser = "http\\shell\\open\\command" wide
		$day = "k%4d-%02d-%02d" ascii wide
		$mutex = "GlobalAcprotectMutex" ascii wide
		$ntlm_out = "Proxy-Authorization: NTLM"
		$ntlm_in = "Proxy-Authenticate: NTLM"
		$keep = "Proxy-Connection: keep-alive\x0d\x0a"
		$versions = "HTTP/1.1 \x00\x00\x00HTTP/1.0 "
		$centre = "Root\\SecurityCenter2" wide
		$antivirus = "SELECT * FROM AntiVirusProduct" wide
		$language = "WQL" wide
		$port = "%*[^:]:%d" ascii wide
		$host = "Host: "
		$cookies = "Cookies: "
	condition:
		uint16(0) == 0x5a4d and filesize > 90KB and 9 of them and
		not SignSight_backdoor_strings
}

rule PhantomNet_relative_2017 : malware
{
	meta:
		description_vi = "Mã độc cùng họ với SignSight, không phải chính SignSight"
		description_en = "Malware related to SignSight, not SignSight itself"
		advice_vi = "Ngắt máy khỏi mạng, không tắt máy, không mở và không xóa tệp; báo ngay cho bộ phận ứng cứu sự cố."
		advice_en = "Take the machine off the network, leave it running, open and delete nothing; call the incident team now."
		author = "Raquet"
		reference = "public analyses of PhantomNet, 2017"
		license = "Apache-2.0"
		date = "2026-11-22"
		severity = "high"
		score = 85
	strings:
		$build = "\\Release\\PhantomNet-SSL.pdb"
		$program = "%AllUsersProfile%\\DeviceSync\\m.exe" ascii wide
		$filler = "aaabbbcccddd"
	condition:
		uint16(0) == 0x5a4d and ($build or ($program and $filler))
}
