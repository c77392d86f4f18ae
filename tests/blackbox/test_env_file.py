"""--env-file reads what Node reads: the same files for both."""

import json
import os
import shutil
import subprocess
import tempfile
import unittest

from support import OWN, SCRATCH, TestCase, main

# In all versions of Node that have util.parseEnv().
EVER = (
    "", "\n\r\n  \n", "# a comment\n#another", "A=1", "A=1\r\nB=2\r\n", " A = 1 ", "export A=1", "A=",
    "A=\nB=2", "A=x=y", "A=a b # c", "A=a#b", "A=#c\nB=1", "A= # c\nB=1", "A='a # b'",
    "A='a\\n\"b\"'", "A=`'\"'` # c", 'A="a\\nb\\tc\\r\\\\ \\"d\\" \\x"', 'A="one\ntwo"\nB=3',
    "A='  kept  '", 'A=a"b', "A=\"\"\nB=''", "A=1\nA=2", "a.b-c=1", 'A="q" trailing\nB=1',
    "A='q' x\nB=1", "A B=1", "B='x\nC=1", 'A="x\\""', 'A="x\\"\nB=y"', 'A="a\\\\nb"', 'A= "x"',
    "  export A = 'x'", "export\tA=1", "A=1 \nB", "A=x\ty ", 'A="a"#b\nC=1', "#\nA=1", "A=`a\nb`\nC=2",
    "A=\n\n\nB=1", "A=a\rb", "A=\v1", "exportA=1", "export =1\nB=2", 'A="x"y"z"\nB=1', "A=''x\nB=2",
    'A="\n', 'A="a\nB=1', 'A="a\nB="c"\nD=1', "A=1#\nB=1", "A='a'\n\n\nB='c'", "A==\n", "A=a\\nb",
    "A='a\\nb'", "# c=d\nA=1", 'A="\\n"', 'A="a\\n\\nb\\\\n"', "A=`x\\ny`", "#a\nB=1\n#c",
    "A='multi\nline' # c='d'\nB=1", "A=\"a\" 'b'\nC=1", "export export A=1", "A=export B",
    "A='x'B=2\nC=1", 'B="a # c  \nC=1', "A='\r\n'\nB=1", "A=a 'b' # c", "A=a'#'b", '"A"=1',
    "A='q  \nB=1", "A=$B\nB=${A}", "A=한글\nB='é'",
)
# From Node 22 on.
LATELY = (
    "export  A=1", "A=a\t# c", "A\nB=1", "=1\nB=2", "B='x", "B='x \n ", "A=\t'x'\n B = 'y' ", "\tA=1",
    "A=  # c\n  # d\nB=1", "A='", "NO EQUALS HERE\nA=1\nmore", "  \n\t\n A=1", "A=1\n   \t \nB=2",
    "A=1\n  # c = d\nB=2", "A # c\nB=1", " ='x'\nB=1", "A\n\n\nB=2\nC", "A=\n'x'\nB=1", "A\t=\t'b'",
    "export A\nB=1", "A: 1\nB=2", "export  export  B=2",
)
READ = """
const { parseEnv } = require('node:util');
const read = (text) => { try { return parseEnv(text); } catch (error) { return String(error); } };
const cases = JSON.parse(require('node:fs').readFileSync(0, 'utf8'));
console.log(JSON.stringify([parseInt(process.versions.node), cases.map(read)]));
"""


def read_by_node(cases):
    """(major version, what it makes of each); skips where it cannot read them."""
    node = shutil.which("node")
    done = node and subprocess.run([node, "-e", READ], input=json.dumps(cases), text=True,
                                   capture_output=True, check=False)
    if not done or done.returncode != 0:
        raise unittest.SkipTest("needs node with util.parseEnv (20.12 or later)")
    return json.loads(done.stdout)


class AsNode(TestCase):
    def read_by_us(self, text):
        path = os.path.join(tempfile.mkdtemp(dir=SCRATCH), "env")
        with open(path, "w", encoding="utf-8", newline="") as file:
            file.write(text)
        code, stdout, stderr = self.run_line(
            OWN, ["--log", "raw", "--env-file", path, "--", "env", "-0"])
        self.assertEqual((code, stderr), (0, ""))
        read = {tuple(variable.split("=", 1)) for variable in stdout.split("\0")[:-1]}
        return {(name, value) for name, value in read if name != "FAKE_CHILD_REPORT"}

    def test_what_node_reads_from_a_file_the_app_has(self):
        major, read = read_by_node(EVER + LATELY)
        before = self.read_by_us("")
        for text, wanted in list(zip(EVER + LATELY, read))[:None if major >= 22 else len(EVER)]:
            with self.subTest(text=text):
                self.assertEqual(self.read_by_us(text) - before, set(wanted.items()))


if __name__ == "__main__":
    main()
