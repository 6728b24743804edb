/*
 * Raquet's own test pattern: harmless, in no real file, so that anybody can see that a
 * sweep finds what it looks for.  Put the words into any text file and sweep it.
 *
 * Licence: Apache-2.0
 */
rule RAQUET_test_pattern : test
{
	meta:
		description_vi = "Chuỗi thử vô hại của Raquet"
		description_en = "Raquet's harmless test pattern"
		advice_vi = "Không phải làm gì: đây chỉ là chuỗi thử để thấy rằng việc rà quét hoạt động."
		advice_en = "There is nothing to do: it only shows that the sweep works."
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
