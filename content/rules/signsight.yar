/*
 * Operation SignSight (2020): trojanised installers of the Government's signature
 * token software.  The strings are published facts; the rules are our own.
 *
 * Licence: Apache-2.0
 */
import "hash"

rule SignSight_known_file : signsight malware
{
	meta:
		description = "Tệp độc hại đã biết của chiến dịch SignSight (known file of Operation SignSight)"
		author = "Raquet"
		reference = "ESET, Operation SignSight, 2020-12-17"
		license = "Apache-2.0"
		date = "2026-11-22"
		severity = "critical"
		score = 100
	condition:
		filesize > 50KB and filesize < 100MB and
		(uint16(0) == 0x5a4d or uint32be(0) == 0xd0cf11e0) and
		(
			hash.sha256(0, filesize) == "b0fd1ff7f5d45be89fffc04937f352754c6055e1f4ca26a9257169ce168569ef" or
			hash.sha256(0, filesize) == "6be34df727fcb79123e4e8f472ad24b698d83395fb17d4db019e9976f485cd83" or
			hash.sha256(0, filesize) == "97a5fe1d2174e9d34cee8c1d6751bf01f99d8f40b1ae0bce205b8f2f0483225c" or
			hash.sha256(0, filesize) == "f659b269fbe4128588f7a2fa4d6022cc74e508d28eee05c5aff26cc23b7bd1a5" or
			hash.sha256(0, filesize) == "c42000f2f6526c782757aa43246b4c1a12d366610721df6b6112305064d48a32"
		)
}

rule SignSight_dropper_strings : signsight malware
{
	meta:
		description = "Chương trình thả mã độc kiểu SignSight (dropper as in SignSight)"
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
		description = "Cửa hậu PhantomNet của SignSight (PhantomNet backdoor)"
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
		description = "Chương trình chứa tên miền điều khiển của SignSight (control domain of SignSight in a program)"
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

rule SignSight_library_in_apppatch : signsight
{
	meta:
		description = "netapi32.dll nằm trong thư mục AppPatch: không phải của Windows (netapi32.dll inside AppPatch is not Windows' own)"
		author = "Raquet"
		reference = "ESET, Operation SignSight, 2020-12-17"
		license = "Apache-2.0"
		date = "2026-11-22"
		severity = "critical"
		score = 90
	condition:
		filename iequals "netapi32.dll" and filepath icontains "\\apppatch" and
		uint16(0) == 0x5a4d
}

rule SignSight_dropper_name : signsight
{
	meta:
		description = "eToken.exe trong thư mục phần mềm VGCA: cần xem xét (eToken.exe in the VGCA folder: review)"
		author = "Raquet"
		reference = "ESET, Operation SignSight, 2020-12-17"
		license = "Apache-2.0"
		date = "2026-11-22"
		severity = "medium"
		score = 60
	condition:
		filename iequals "eToken.exe" and filepath icontains "\\vgca\\authentication\\sac" and
		uint16(0) == 0x5a4d
}

rule SignSight_installer_set : signsight malware
{
	meta:
		description = "Nhiều chuỗi của chương trình cài SignSight trong một tệp (many strings of the SignSight installer in one file)"
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
		uint16(0) == 0x5a4d and filesize > 90KB and 7 of them
}

rule PhantomNet_backdoor_set : signsight malware
{
	meta:
		description = "Nhiều chuỗi của cửa hậu PhantomNet trong một tệp (many strings of the PhantomNet backdoor in one file)"
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
		uint16(0) == 0x5a4d and filesize > 90KB and 9 of them
}

rule PhantomNet_relative_2017 : malware
{
	meta:
		description = "Mã độc cùng họ với SignSight, không phải chính SignSight (malware related to SignSight, not SignSight itself)"
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
