"""How to check a name with its owner (S4-R14): neutral or positive words for surnames and characters that sound like
others or have several readings, and words never said to a caller. Words here are data, checked by tests."""

from typing import NamedTuple


class NameWord(NamedTuple):
    """``say`` is what the agent may say; ``reading`` the pinyin of the surname where it is read in an unusual way."""

    character: str
    say: str
    reading: str = ""


# One line per character: character, words, and the reading where it surprises.
_LINES = """
王 三横王
汪 三点水汪，汪洋的汪
黄 草头黄，黄金的黄
张 弓长张
章 立早章，文章的章
李 木子李
黎 黎明的黎
陈 耳东陈
程 禾口呈，前程的程
成 成功的成
刘 文刀刘
柳 柳树的柳
吴 口天吴
武 文武的武
伍 单人旁，队伍的伍
周 周到的周
邹 邹鲁的邹
徐 双人旁，徐徐的徐
许 言午许
余 年年有余的余
于 干勾于
俞 人则俞
喻 比喻的喻
虞 虞美人的虞
孙 子小孙
朱 朱红的朱
诸 诸位的诸
祝 祝福的祝
竺 竹字头，天竺的竺
胡 古月胡
郭 城郭的郭
何 人可何
贺 祝贺的贺
和 和气的和
高 高兴的高
林 双木林
凌 凌云的凌
罗 四夕罗
骆 骆驼的骆
梁 栋梁的梁
宋 宋朝的宋
郑 郑重的郑
谢 感谢的谢
韩 韩国的韩
唐 唐朝的唐
冯 两点马
董 草重董
肖 小月肖
萧 草肃萧
曹 曹冲称象的曹
袁 吉字头，袁隆平的袁
邓 又耳邓
傅 师傅的傅
付 付出的付
沈 三点水沈，沈阳的沈
申 申请的申
曾 曾国藩的曾 zēng
彭 彭湃的彭
吕 双口吕
苏 苏州的苏
卢 卢沟桥的卢
陆 陆地的陆
鲁 山东的简称鲁
路 道路的路
蒋 草将蒋
江 江河的江
姜 美女姜
蔡 草祭蔡
贾 西贝贾
丁 甲乙丙丁的丁
魏 魏国的魏
薛 草头薛，薛宝钗的薛
叶 树叶的叶
阎 门字框，阎立本的阎
严 严格的严
颜 颜色的颜
潘 三点水旁番
杜 木土杜
戴 爱戴的戴
代 代表的代
夏 夏天的夏
钟 金中钟，钟表的钟
田 田地的田
任 任务的任，读二声 rén
范 模范的范
方 方正的方
石 石头的石
时 时间的时
史 历史的史
施 措施的施
姚 女兆姚
谭 言西早
覃 西早覃 qín
廖 广字头
熊 能字四点底，熊猫的熊
金 金子的金
靳 革斤靳
晋 晋升的晋
孔 孔子的孔
白 白色的白
崔 山佳崔
康 健康的康
毛 毛笔的毛
邱 丘耳邱
丘 山丘的丘
秦 秦朝的秦
顾 照顾的顾
侯 公侯的侯
邵 召耳邵
孟 孟子的孟
龙 龙凤的龙
万 千万的万
段 段落的段
雷 雷电的雷
钱 金钱的钱
汤 汤水的汤
尹 伊人的伊去单人旁
易 容易的易
常 经常的常
赖 信赖的赖
龚 龙共龚
文 文化的文
单 简单的单，姓读 Shàn shàn
解 解答的解，姓读 Xiè xiè
仇 单人旁九，姓读 Qiú qiú
查 检查的查，姓读 Zhā zhā
区 地区的区，姓读 Ōu ōu
朴 朴素的朴，姓读 Piáo piáo
盖 盖子的盖，姓读 Gě gě
翟 羽字头，姓读 Zhái zhái
乐 音乐的乐，姓读 Yuè yuè
缪 绸缪的缪，姓读 Miào miào
华 中华的华，姓读 Huà huà
纪 纪念的纪，姓读 Jǐ jǐ
燕 燕子的燕，姓读 Yān yān
曲 歌曲的曲，姓读 Qū qū
宁 安宁的宁，姓读 Nìng nìng
葛 诸葛的葛，单姓读 Gě gě
员 人员的员，姓读 Yùn yùn
折 折扇的折，姓读 Shé shé
种 种子的种，姓读 Chóng chóng
冼 两点水先，冼星海的冼 xiǎn
洗 洗涤的洗，姓读 Xiǎn xiǎn
召 号召的召，姓读 Shào shào
盛 茂盛的盛，姓读 Shèng shèng
尉 尉官的尉，复姓尉迟读 Yù yù
令 命令的令，复姓令狐读 Líng líng
伟 伟大的伟
玮 王字旁，伟大的伟换偏旁
薇 蔷薇的薇
敏 敏捷的敏
明 光明的明
名 名字的名
铭 金字旁，座右铭的铭
静 安静的静
婧 女青婧
晶 水晶的晶
丽 美丽的丽
莉 茉莉的莉
利 顺利的利
立 立正的立
力 力量的力
军 军人的军
君 君子的君
俊 英俊的俊
骏 骏马的骏
洋 海洋的洋
阳 太阳的阳
扬 发扬的扬
勇 勇敢的勇
永 永远的永
艳 鲜艳的艳
燚 四个火 yì
杰 杰出的杰
洁 清洁的洁
娟 娟秀的娟
涛 波涛的涛
超 超过的超
霞 朝霞的霞
平 平安的平
萍 浮萍的萍
刚 刚强的刚
钢 钢铁的钢
辉 光辉的辉
慧 智慧的慧
惠 优惠的惠
鹏 大鹏的鹏
行 行走的行，读 Xíng xíng
重 重庆的重，读 Chóng chóng
长 长江的长，读 Cháng cháng
乾 乾坤的乾 qián
茜 草西茜，读 Qiàn qiàn
曦 晨曦的曦
昕 日斤昕
馨 温馨的馨
鑫 三个金
淼 三个水
森 三个木
垚 三个土 yáo
"""
# Nothing with death, illness, crime, dirt or abuse in it, whatever the character.
DENIED = (
    "死", "亡", "尸", "坟", "葬", "丧", "鬼", "魔", "妖", "奸", "淫", "娼", "妓", "嫖", "赌", "毒", "贼", "盗", "偷",
    "骗", "贪", "囚", "犯", "癌", "瘤", "疯", "傻", "蠢", "笨", "呆", "丑", "臭", "屎", "尿", "屁", "猪", "狗", "滚",
    "贱", "恶", "凶", "仇人", "报仇", "仇恨", "杀", "病", "残", "穷", "哭", "破产", "寡", "绝后", "断子",
)  # fmt: skip


def _read() -> dict[str, NameWord]:
    found = {}
    for line in _LINES.strip().splitlines():
        character, _blank, rest = line.partition(" ")
        say, _blank, reading = rest.rpartition(" ")
        marked = reading.islower() and not reading.isdigit() and _is_latin(reading)
        found[character] = NameWord(character, say if marked else rest, reading if marked else "")
    return found


def _is_latin(text: str) -> bool:
    return all(ord(letter) < ord("一") for letter in text)


WORDS: dict[str, NameWord] = _read()


def words_for(name: str) -> list[NameWord]:
    """What may be said for the characters of a name, in its order; characters nobody mistakes have no line."""
    return [WORDS[character] for character in dict.fromkeys(name.strip()) if character in WORDS]


def unfit_words(text: str) -> list[str]:
    """Words of the text that are not said to a caller."""
    return [word for word in DENIED if word in text]
