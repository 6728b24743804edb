/*
 * Raquet's own test pattern: harmless, in no real file, so that anybody can see that a
 * sweep finds what it looks for.  Put the words into any text file, or into the memory of
 * a process, and sweep it.  With one letter apart, so that they stand neither in this
 * text nor in the memory of a process that has compiled it.
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
		$first = "RAQUET-TEST-MALW"
		$second = "RE-PATTERN"
		$first_wide = "RAQUET-TEST-MALW" wide
		$second_wide = "RE-PATTERN" wide
	condition:
		for any i in (1 .. #first) : (
			uint8(@first[i] + 16) == 0x41 and $second at @first[i] + 17
		) or
		for any i in (1 .. #first_wide) : (
			uint16(@first_wide[i] + 32) == 0x41 and
			$second_wide at @first_wide[i] + 34
		)
}

/*
 * The file that every scanner agrees to find (the EICAR test file): 68 harmless letters,
 * nothing but white space behind them, at most 128 in all.  In numbers, and with one
 * letter apart, so that other scanners find neither this text nor what is made of it.
 */
rule EICAR_test_file : test
{
	meta:
		description_vi = "Tệp thử EICAR: vô hại, để kiểm tra công cụ quét có hoạt động"
		description_en = "The EICAR test file: harmless, to see that a scanner works"
		advice_vi = "Không phải làm gì: đây chỉ là tệp thử; có thể xóa nếu không dùng nữa."
		advice_en = "There is nothing to do: it is a test file; remove it when nobody needs it."
		author = "Raquet"
		reference = "https://www.eicar.org/download-anti-malware-testfile/"
		license = "Apache-2.0"
		date = "2026-11-22"
		severity = "low"
		score = 40
	strings:
		$first = {
			58 35 4F 21 50 25 40 41 50 5B 34 5C 50 5A 58 35 34
			28 50 5E 29 37 43 43 29 37 7D 24 45 49 43 41 52
		}
		$second = {
			53 54 41 4E 44 41 52 44 2D 41 4E 54 49 56 49 52 55
			53 2D 54 45 53 54 2D 46 49 4C 45 21 24 48 2B 48 2A
		}
	condition:
		filesize <= 128 and $first at 0 and uint8(33) == 0x2D and $second at 34 and (
			filesize == 68 or
			for all i in (68 .. filesize - 1) : (
				uint8(i) == 0x20 or uint8(i) == 0x09 or uint8(i) == 0x0A or
				uint8(i) == 0x0D or uint8(i) == 0x1A
			)
		)
}
