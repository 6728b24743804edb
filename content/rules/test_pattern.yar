/*
 * Raquet's own test pattern: harmless, in no real file, so that anybody can see that a
 * sweep finds what it looks for.  Put the words into any text file and sweep it.
 *
 * Licence: Apache-2.0
 */
rule RAQUET_test_pattern : test
{
	meta:
		description = "Chuỗi thử vô hại của Raquet (Raquet's harmless test pattern)"
		author = "Raquet"
		reference = "docs/result-format.md"
		license = "Apache-2.0"
		date = "2026-11-22"
		severity = "low"
		score = 40
	strings:
		$pattern = "RAQUET-TEST-MALWARE-PATTERN" ascii wide
	condition:
		$pattern
}
