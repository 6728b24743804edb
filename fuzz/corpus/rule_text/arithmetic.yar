rule a { condition: 9223372036854775807 + 1 > 0 or 1 \ 0 or 1 << -1 or "a" of them or (5..1) }
include "x"
rule a{condition:((((((((((not not - - ~ 1