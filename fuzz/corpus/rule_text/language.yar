import "hash"
import "pe"
private global rule first : tag other
{
	meta:
		author = "nobody \x41\n" n = -12 yes = true
	strings: /* all kinds */
		$a = "text\t\x00" wide ascii nocase fullword private
		$b = { 01 ?2 3? ~04 ~?5 [2-4] ( 03 | 04 [1] ( 05 | 06 ) ) [-] 07 } // hex
		$c = /a(b|c)*[^d-f\w]{2,3}?$/is wide
		$x = "key" xor(1-255)
		$y = "plain" base64 base64wide
		$ = "anonymous"
		$_unused = "u"
	condition:
		$a at 0 and $b in (0..filesize) or #c in (1..2) > 3 and @a[2] < !b[1] and
		2 of ($a, $b*, $) and 50% of them and none of them in (0..1KB) and any of them at 5 and
		for all i in (1..#a) : (@a[i] == i + 1) and for any s in ("x", "y") : (s == "x") and
		for any of ($a*) : ($ at 1 or # > 2 or @ == 1 or ! == 3) and
		for any s in pe.sections : (s.name == "x" and s.characteristics & 1 == 1) and
		for any k, v in pe.version_info : (k == "a" and v icontains "b") and
		uint16be(0) == 0x4d5a and -1.5 * 2 < 3 \ 4 % 5 << 2 ^ ~1 | 1 and
		not defined pe.sections[5].name and hash.md5(0, filesize) == "x" and "abc" matches /b/s
}
rule second { condition: first and any of (fir*) and external == 1 and entrypoint > 0o17 }
