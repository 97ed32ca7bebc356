"""Makes bot/scripts/data/hanzi.txt and frequency.txt anew: `python -m benchmarks.matching.tables`.

Readings come from pypinyin (MIT), simplified forms from OpenCC (Apache-2.0), how often a character
or a word occurs in ordinary Chinese from jieba's dictionary (MIT). The program itself needs none
of the three: it reads these tables.
"""

from collections import Counter, defaultdict
from math import log2
from pathlib import Path

import jieba
from opencc import OpenCC
from pypinyin import Style, pinyin

from benchmarks.processes import DATA

FIRST, LAST = 0x4E00, 0x9FA5
# The second reading of common characters; every other one is too rare to be typed by it.
_SECOND = """
行:hang 还:huan 长:zhang 重:chong 了:liao 的:di 得:dei 地:de 着:zhao
都:du 便:pian 率:lv 调:tiao 乐:yue 会:kuai 单:shan 大:dai 什:shi
没:mo 种:chong 朝:chao 参:shen 差:chai 藏:zang 传:zhuan 弹:dan 倒:dao
给:ji 更:geng 降:xiang 觉:jiao 空:kong 量:liang 落:la 露:lou 哪:nei
那:nei 这:zhei 切:qie 色:shai 省:xing 说:shui 似:shi 提:di 为:wei
薄:bao 背:bei 折:she 只:zhi 转:zhuan 谁:shui 血:xie 应:ying 码:ma
卡:qia 咋:za
"""
SECOND = dict(pair.split(":") for pair in _SECOND.split())
KEPT_WORDS, KEPT_CHARACTERS = 6000, 3500
WORDS_IN_A_MESSAGE = 8  # roughly: turns how often into how likely in one message


def main() -> None:
    simplified = OpenCC("t2s")
    readings: dict[str, list[str]] = defaultdict(list)
    forms: list[str] = []
    for code in range(FIRST, LAST + 1):
        sign = chr(code)
        if (plain := simplified.convert(sign)) != sign:
            forms.append(sign + plain)
            continue  # it is simplified before it is read
        sound = pinyin(sign, style=Style.NORMAL)[0][0].replace("ü", "v")
        if sound.isascii() and sound.isalpha():
            readings[sound].append(sign)
    lines = ["# " + line for line in (__doc__ or "").strip().splitlines()]
    lines += [f"{sound}\t{''.join(signs)}" for sound, signs in sorted(readings.items())]
    lines += [f"+{sound}\t{sign}" for sign, sound in SECOND.items()]
    lines += [f"=\t{''.join(forms)}"]
    (DATA / "hanzi.txt").write_text("\n".join(lines) + "\n", "utf-8")

    words, signs = Counter[str](), Counter[str]()
    for line in Path(jieba.__file__).with_name("dict.txt").read_text("utf-8").splitlines():
        word, count, *_ = line.split()
        words[word] = int(count)
        for sign in word:
            signs[sign] += int(count)
    total = sum(words.values())
    pairs = Counter({word: count for word, count in words.items() if len(word) == 2})
    kept = [*signs.most_common(KEPT_CHARACTERS), *pairs.most_common(KEPT_WORDS)]
    classes: dict[int, list[str]] = defaultdict(list)
    for item, often in kept:
        classes[round(-log2(min(0.25, WORDS_IN_A_MESSAGE * often / total)))].append(item)
    lines = [
        "# How rare in a message of ordinary Chinese: -log2 of its probability; see tables.py."
    ]
    lines += [f"{rare}\t{' '.join(sorted(items))}" for rare, items in sorted(classes.items())]
    (DATA / "frequency.txt").write_text("\n".join(lines) + "\n", "utf-8")


if __name__ == "__main__":
    main()
