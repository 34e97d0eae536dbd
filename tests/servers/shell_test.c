/* SPDX-License-Identifier: MIT */
/* The shell's commands by their output, over the real 9P engine; no test leaves a fid behind or memory taken. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "servers/shell_world.h"
#include "shell/glob.h"
#include "shell/print.h"

#define STORE  ((size_t)4 << 20)
#define MEMORY ((size_t)1 << 20)

static struct world *open_world(void)
{
    struct world *world = world_open(STORE, MEMORY);
    world->tree.now = (struct tree_time){1709251199, 123456789}; /* 2024-02-29 23:59:59 */
    return world;
}

static void words_and_quotes(void **state)
{
    static const struct {
        const char *script, *output;
        int code;
    } rows[] = {
        {"echo a  b\tc", "a b c\n", 0},
        {"echo 'a  b' \"c  d\" e\\ f", "a  b c  d e f\n", 0},
        {"echo a'b'\"c\"d\\'", "abcd'\n", 0},
        {"echo '' \"\" x", "  x\n", 0},
        {"echo \"\\\"\\\\\\n\"", "\"\\\\n\n", 0},
        {"echo 'a\\n'", "a\\n\n", 0},
        {"echo a;echo b ; echo c;", "a\nb\nc\n", 0},
        {"# nothing\n\n   \n;;\necho a # b\necho a#b '#c' \\#d", "a\na#b #c #d\n", 0},
        {"echo 'a;b>c' > f; cat f;cat f>g;cat g", "a;b>c\na;b>c\n", 0},
        {"echo 1 > n; echo 2 >> n; echo 3>>n; cat n; echo 4 >n; cat n", "1\n2\n3\n4\n", 0},
        {"> only", "shell: line 1: a > without a command\nshell: line 1 failed with code 2\n", 2},
        {"echo a >", "shell: line 1: a file's name must follow the >\nshell: line 1 failed with code 2\n", 2},
        {"echo a > ; echo b", "shell: line 1: a file's name must follow the >\nshell: line 1 failed with code 2\n", 2},
        {"echo a >x >y", "shell: line 1: the output cannot go to two files\nshell: line 1 failed with code 2\n", 2},
        {"echo ok\necho a | b", "ok\nshell: line 2: there are no | < & here\nshell: line 2 failed with code 2\n", 2},
        {"echo 'a", "shell: line 1: a ' without its end\nshell: line 1 failed with code 2\n", 2},
        {"echo \"a\\", "shell: line 1: a \" without its end\nshell: line 1 failed with code 2\n", 2},
        {"echo a\\", "shell: line 1: nothing follows the \\\nshell: line 1 failed with code 2\n", 2},
        {"-echo 'a\necho on", "shell: line 1: a ' without its end\non\n", 0},
        {"echo -n a b; echo -n; echo c", "a bc\n", 0},
        {"echo a\r\necho b\r\n", "a\nb\n", 0},
        {"  -  cat none\n-cat none; cat none\necho on", "cat: none: No such file or directory\n"
         "cat: none: No such file or directory\ncat: none: No such file or directory\non\n", 0},
        {"nonsense", "nonsense: command not found\nshell: line 1 failed with code 127\n", 127},
        {"exit", "", 0},
        {"echo a\nexit 7\necho b", "a\n", 7},
        {"-exit 0x10; echo b", "", 16},
        {"exit 256", "exit: 256: not a number from 0 to 255\nshell: line 1 failed with code 2\n", 2},
        {"cat", "cat: usage: cat FILE...\nshell: line 1 failed with code 2\n", 2},
        {"ls -x", "ls: usage: ls [-l] [-R] [-a] [-d] [PATH...]\nshell: line 1 failed with code 2\n", 2},
        {"echo x > -- ; cat -- --", "x\n", 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct world *world = open_world();
        world_expect(world, rows[i].script, rows[i].output, rows[i].code);
        world_close(world);
    }
}

static void lines_too_long_or_binary_fail(void **state)
{
    struct world *world = open_world();
    char *script = malloc(SHELL_LINE_MAX + 64);
    (void)state;
    memset(script, 'x', SHELL_LINE_MAX + 64);
    memcpy(script, "echo ", 5);
    strcpy(script + SHELL_LINE_MAX - 1, "\n");
    assert_int_equal(0, world_run(world, script));
    assert_int_equal(SHELL_LINE_MAX - 5, world->console.output_used);
    script[SHELL_LINE_MAX - 1] = 'x';
    strcpy(script + SHELL_LINE_MAX, "\necho b");
    world_expect(world, script, "shell: line 1: longer than 8191 bytes\nshell: line 1 failed with code 2\n", 2);
    free(script);
    world_close(world);
}

static void interactive_shells_prompt_and_go_on(void **state)
{
    struct world *world = open_world();
    (void)state;
    assert_int_equal(0, world_run_interactive(world, "cat x\npwd"));
    assert_string_equal("ukern$ cat: x: No such file or directory\nukern$ /\nukern$ \n", world->console.output);
    assert_int_equal(3, world_run_interactive(world, "exit 3\n"));
    assert_string_equal("ukern$ ", world->console.output);
    world_close(world);
}

static void listings(void **state)
{
    struct world *world = open_world();
    (void)state;
    world_expect(world, "mkdir a b; echo hello > a/f; echo > .hidden; chmod 4755 a/f; chmod 1777 b", "", 0);
    world_link(world, "a", "link", "../b");
    world_special(world, "null", CLIENT_MODE_CHARACTER | 0666, 1, 3);
    world_expect(world, "ls", "a\nb\nnull\n", 0);
    world_expect(world, "ls -a", ".\n..\n.hidden\na\nb\nnull\n", 0);
    world_expect(world, "ls -l",
                 "total 0\n"
                 "drwxr-xr-x 2 0 0    0 2024-02-29 23:59 a\n"
                 "drwxrwxrwt 2 0 0    0 2024-02-29 23:59 b\n"
                 "crw-rw-rw- 1 0 0 1, 3 2024-02-29 23:59 null\n", 0);
    world_expect(world, "ls -l a/f a/link", "-rwsr-xr-x 1 0 0 6 2024-02-29 23:59 a/f\n"
                 "lrwxrwxrwx 1 0 0 4 2024-02-29 23:59 a/link -> ../b\n", 0);
    world_expect(world, "ls -R", ".:\na\nb\nnull\n\n./a:\nf\nlink\n\n./b:\n", 0);
    world_expect(world, "ls null a /b", "null\n\na:\nf\nlink\n\n/b:\n", 0);
    world_expect(world, "ls -d a a/link; ls a/link; ls -l a/link/", "a\na/link\ntotal 0\n", 0);
    world_expect(world, "cd a; ls; ls ..; pwd; cd link; pwd; cd ..; pwd; cd; pwd; -cd null; -cd none",
                 "f\nlink\na\nb\nnull\n/a\n/a/link\n/a\n/\ncd: null: Not a directory\n"
                 "cd: none: No such file or directory\n", 0);
    world_expect(world, "ls none a", "ls: none: No such file or directory\na:\nf\nlink\n"
                 "shell: line 1 failed with code 1\n", 1);
    world_close(world);
}

static void names_cannot_control_the_terminal(void **state)
{
    struct world *world = open_world();
    (void)state;
    world_file(world, "", "a\033[2J\n\\\x7f", "x", 1);
    world_file(world, "", "\xc3\xa9\xe4\xb8\xad", "x", 1);
    world_file(world, "", "\xc2\x9b\xff\xc0\x80\xed\xa0\x80", "x", 1);
    world_expect(world, "ls", "a\\033[2J\\n\\\\\\177\n\\302\\233\\377\\300\\200\\355\\240\\200\n"
                 "\xc3\xa9\xe4\xb8\xad\n", 0);
    world_expect(world, "find -name 'a*'", "./a\\033[2J\\n\\\\\\177\n", 0);
    world_expect(world, "-cat '\033'", "cat: \\033: No such file or directory\n", 0);
    world_expect(world, "-\033 x", "\\033: command not found\n", 0);
    world_close(world);
}

static void sums(void **state)
{
    struct world *world = open_world();
    (void)state;
    world_expect(world, "mkdir -p d/a d/b; echo -n abc > d/a/z; echo -n > d/a.b", "", 0);
    world_expect(world, "echo -n abc > 'd/a-b'; echo -n abc > d/b/q", "", 0);
    world_link(world, "d", "link", "a/z");
    world_special(world, "pipe", CLIENT_MODE_PIPE | 0666, 0, 0);
#define EMPTY "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
#define ABC   "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    /* In the order of whole paths' bytes: '-' and '.' come before '/'. */
    world_expect(world, "sha256sum -r d", ABC "  d/a-b\n" EMPTY "  d/a.b\n" ABC "  d/a/z\n" ABC "  d/b/q\n", 0);
    world_expect(world, "cd d; sha256sum -r .", ABC "  ./a-b\n" EMPTY "  ./a.b\n" ABC "  ./a/z\n" ABC "  ./b/q\n", 0);
    world_expect(world, "sha256sum -r d/ /d/b/ d/a/z", ABC "  d/a-b\n" EMPTY "  d/a.b\n" ABC "  d/a/z\n" ABC
                 "  d/b/q\n" ABC "  /d/b/q\n" ABC "  d/a/z\n", 0);
    world_expect(world, "sha256sum d/link d/a.b", ABC "  d/link\n" EMPTY "  d/a.b\n", 0);
    world_expect(world, "-sha256sum d; -sha256sum -r none; -sha256sum pipe",
                 "sha256sum: d: Is a directory\nsha256sum: none: No such file or directory\n"
                 "sha256sum: pipe: No such device or address\n", 0);
    world_expect(world, "rm -r d", "", 0);
    world_file(world, "", "a\n\\\r", "abc", 3);
    world_expect(world, "sha256sum -r /", "\\" ABC "  /a\\n\\\\\\r\n", 0);
    world_close(world);
}

static void large_files_come_through(void **state)
{
    struct world *world = open_world();
    size_t count = 300001;
    char *bytes = malloc(count + 1);
    (void)state;
    for (size_t i = 0; i < count; i++)
        bytes[i] = i % 61 == 60 ? '\n' : (char)('a' + i * 7 % 26);
    bytes[count] = '\0';
    world_file(world, "", "big", bytes, count);
    world_expect(world, "cat big", bytes, 0);
    world_expect(world, "cp big copy; cat copy", bytes, 0);
    world_expect(world, "cat big copy > both; wc big both", "  4918   4919 300001 big\n  9836   9837 600002 both\n"
                 " 14754  14756 900003 total\n", 0);
    free(bytes);
    world_close(world);
}

static void counting(void **state)
{
    struct world *world = open_world();
    (void)state;
    world_file(world, "", "t", "hello world\n  foo\tbar\n\n no newline", 34);
    world_file(world, "", "e", "", 0);
    world_expect(world, "wc t", " 3  6 34 t\n", 0);
    world_expect(world, "wc -l t; wc -c t; wc -w t; wc -lc t; wc e", "3 t\n34 t\n6 t\n 3 34 t\n0 0 0 e\n", 0);
    world_expect(world, "-wc -l t e none", " 3 t\n 0 e\nwc: none: No such file or directory\n 3 total\n", 0);
    world_close(world);
}

static void finding(void **state)
{
    struct world *world = open_world();
    (void)state;
    world_expect(world, "mkdir -p a/b; echo > a/b/x.c; echo > a/y.h; echo > x.h", "", 0);
    world_link(world, "a", "l", "b");
    world_expect(world, "find", ".\n./a\n./a/b\n./a/b/x.c\n./a/l\n./a/y.h\n./x.h\n", 0);
    world_expect(world, "find / -type d", "/\n/a\n/a/b\n", 0);
    world_expect(world, "find a -type l; find a/l", "a/l\na/l\n", 0);
    world_expect(world, "find . -name *.h -type f; find -name ?; find a/ -name a",
                 "./a/y.h\n./x.h\n.\n./a\n./a/b\n./a/l\na/\n", 0);
    world_expect(world, "-find none a/y.h", "find: none: No such file or directory\na/y.h\n", 0);
    world_expect(world, "find -type x", "find: usage: find [PATH...] [-type f|d|l] [-name GLOB]\n"
                 "shell: line 1 failed with code 2\n", 2);
    world_close(world);
}

static void globs(void **state)
{
    static const struct {
        const char *pattern, *name;
        bool matches;
    } rows[] = {
        {"", "", true}, {"", "a", false}, {"a", "a", true}, {"a", "", false}, {"*", "", true}, {"*", "abc", true},
        {"?", "", false}, {"?", "a", true}, {"a*c", "abbc", true}, {"a*c", "abbd", false}, {"*a*b*", "xxaxxbxx", true},
        {"**", "x", true}, {"[abc]", "b", true}, {"[abc]", "d", false}, {"[!abc]", "d", true}, {"[^a-c]", "b", false},
        {"[a-c]x", "bx", true}, {"[]x]", "]", true}, {"[!]x]", "]", false}, {"[x-]", "-", true}, {"[", "[", true},
        {"[a", "[a", true}, {"[a", "a", false}, {"\\*", "*", true}, {"\\*", "a", false}, {"[\\]]", "]", true},
        {"*.c", "a.c", true}, {"*.c", ".c", true}, {"*.c", "a.cc", false}, {"\\", "\\", true}, {"a\\", "a\\", true},
        {"*[0-9]", "abc5", true}, {"\xff?", "\xff\xfe", true}, {"[\x80-\xff]", "\xc0", true},
    };
    char pattern[64] = "", name[128];
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (glob_match(rows[i].pattern, rows[i].name, strlen(rows[i].name)) != rows[i].matches)
            fail_msg("%s on %s", rows[i].pattern, rows[i].name);
    for (unsigned i = 0; i < 20; i++)
        strcat(pattern, "*a");
    strcat(pattern, "b");
    memset(name, 'a', sizeof name);
    assert_false(glob_match(pattern, name, sizeof name));
}

static void changes(void **state)
{
    struct world *world = open_world();
    (void)state;
    world_expect(world, "mkdir d; -mkdir d /; -mkdir x/y; mkdir -p x/y/z d x//y/; find",
                 "mkdir: d: File exists\nmkdir: /: File exists\nmkdir: x/y: No such file or directory\n"
                 ".\n./d\n./x\n./x/y\n./x/y/z\n", 0);
    world_expect(world, "echo f > f; -mkdir -p f f/g; -rm d; -rm none; rm -f none; -rm . / ..; rm -f",
                 "mkdir: f: File exists\nmkdir: f/g: Not a directory\nrm: d: Is a directory\n"
                 "rm: none: No such file or directory\nrm: .: Invalid argument\nrm: /: Invalid argument\n"
                 "rm: ..: Invalid argument\n", 0);
    world_expect(world, "mv f d; mv d/f g; mv x/y d; -mv none d; -mv g none/g; -mv g d x/none; -mv d d/y; find",
                 "mv: none: No such file or directory\nmv: none/g: No such file or directory\n"
                 "mv: x/none: No such file or directory\nmv: x/none: No such file or directory\n"
                 "mv: d/y: Invalid argument\n.\n./d\n./d/y\n./d/y/z\n./g\n./x\n", 0);
    world_link(world, "d", "l", "../x");
    world_expect(world, "echo > x/keep; rm -r d; -ls d; ls x; -rm g/; rm g", "ls: d: No such file or directory\nkeep\n"
                 "rm: g/: Not a directory\n", 0);
    world_expect(world, "echo > f; chmod 640 f; ls -l f; -chmod 8 f; -chmod 10000 f; -chmod x7 f",
                 "-rw-r----- 1 0 0 1 2024-02-29 23:59 f\nchmod: 8: not an octal mode\n"
                 "chmod: 10000: not an octal mode\nchmod: x7: not an octal mode\n", 0);
    world_close(world);
}

static void copies(void **state)
{
    struct world *world = open_world();
    (void)state;
    world_expect(world, "mkdir -p a/b; echo 1 > a/1; echo 2 > a/b/2; chmod 755 a/1", "", 0);
    world_link(world, "a", "l", "b/2");
    world_special(world, "pipe", CLIENT_MODE_PIPE | 0600, 0, 0);
    world_expect(world, "cp a/1 c; cat c; cp a/l c; cat c; -cp a d; cp -r a d; find d; cat d/l; cp -r a d; find d/a",
                 "1\n2\ncp: a: Is a directory\nd\nd/1\nd/b\nd/b/2\nd/l\n2\nd/a\nd/a/1\nd/a/b\nd/a/b/2\nd/a/l\n", 0);
    world_expect(world, "-cp c c; -cp -r a a; find a; rm -r a/a; -cp -r a a/b; rm -r a",
                 "cp: c and c are the same file\ncp: a/a: cannot copy a directory into itself\n"
                 "a\na/1\na/a\na/a/1\na/a/b\na/a/b/2\na/a/l\na/b\na/b/2\na/l\n"
                 "cp: a/b/a: cannot copy a directory into itself\n", 0);
    world_expect(world, "-cp c none/x; -cp c d c; -cp -r pipe p; cp c d/1 d/b; ls d/b",
                 "cp: none/x: No such file or directory\ncp: c: Not a directory\n"
                 "cp: pipe: No such device or address\n1\n2\nc\n", 0);
    world_expect(world, "-cp -r d/l d/l; cp -r d/l d/1; readlink d/1; -cp -r d/l d/l/x/; -cp c d/l/; cat d/b/2",
                 "cp: d/l: File exists\nb/2\ncp: d/l/x/: No such file or directory\ncp: d/l/: Not a directory\n2\n", 0);
    world_close(world);
}

static void dashes(void **state)
{
    struct world *world = open_world();
    (void)state;
    world_expect(world, "cd /; -cat x; - cat x; echo a; cat x", "cat: x: No such file or directory\n"
                 "cat: x: No such file or directory\na\ncat: x: No such file or directory\n"
                 "shell: line 1 failed with code 1\n", 1);
    world_expect(world, "-\n -\n-;-\necho b", "b\n", 0);
    world_close(world);
}

static void describing(void **state)
{
    struct world *world = open_world();
    (void)state;
    world_expect(world, "echo text > f", "", 0);
    world_link(world, "", "l", "f");
    world_expect(world, "stat l f; readlink l; -readlink f none",
                 "  File: l -> f\n"
                 "  Size: 1               Blocks: 1          IO Block: 4096   symbolic link\n"
                 " Inode: 3               Links: 1\n"
                 "Access: (0777/lrwxrwxrwx)  Uid: 0  Gid: 0\n"
                 "Access: 2024-02-29 23:59:59.123456789 +0000\n"
                 "Modify: 2024-02-29 23:59:59.123456789 +0000\n"
                 "Change: 2024-02-29 23:59:59.123456789 +0000\n"
                 "  File: f\n"
                 "  Size: 5               Blocks: 1          IO Block: 4096   regular file\n"
                 " Inode: 2               Links: 1\n"
                 "Access: (0644/-rw-r--r--)  Uid: 0  Gid: 0\n"
                 "Access: 2024-02-29 23:59:59.123456789 +0000\n"
                 "Modify: 2024-02-29 23:59:59.123456789 +0000\n"
                 "Change: 2024-02-29 23:59:59.123456789 +0000\n"
                 "f\nreadlink: f: Invalid argument\nreadlink: none: No such file or directory\n", 0);
    assert_int_equal(0, world_run(world, "df; df f"));
    assert_non_null(strstr(world->console.output, "Available"));
    world_close(world);
}

static void drawing(void **state)
{
    struct world *world = open_world();
    (void)state;
    world_expect(world, "mkdir -p a/b c; echo > a/b/x; echo > .h; echo > a/y; tree; tree -a c; tree a/y; -tree none",
                 ".\n"
                 "\u251c\u2500\u2500 a\n"
                 "\u2502   \u251c\u2500\u2500 b\n"
                 "\u2502   \u2502   \u2514\u2500\u2500 x\n"
                 "\u2502   \u2514\u2500\u2500 y\n"
                 "\u2514\u2500\u2500 c\n"
                 "\n3 directories, 2 files\nc\n\n0 directories, 0 files\na/y\n\n0 directories, 1 file\n"
                 "tree: none: No such file or directory\n", 0);
    world_link(world, "c", "l", "../a");
    world_expect(world, "tree c", "c\n\u2514\u2500\u2500 l -> ../a\n\n0 directories, 1 file\n", 0);
    world_close(world);
}

static void about_the_system(void **state)
{
    struct world *world = open_world();
    (void)state;
    world_expect(world, "ps",
                 "   ID  STATE          PRI EFF MAX      SECONDS  NAME\n"
                 "    7  receiving        0 200 255     0.000000  root\n"
                 "    8  ready           10 200 255     1.234567  files\n"
                 "    9  ?               20 200 255     2.469135  sixteen bytes ok\n", 0);
    world_expect(world, "caps",
                 " SLOT  TYPE           RIGHT  BADGE  OBJECT  DETAIL\n"
                 "    1  cnode          ----m      0       3  64 slots\n"
                 "    2  endpoint       -w-g-     1f       4  generation 2\n"
                 "    3  frame          rw---      0       5  mapped at 0x7000\n"
                 "r: read, receive  w: write, send  x: execute  g: grant  m: manage\n", 0);
    assert_int_equal(0, world_run(world, "stats; help"));
    assert_non_null(strstr(world->console.output, "threads                         3\n"
                           "kernel entries                600\ncalls                          30\n"
                           "faults                          3\n9P exchanges                    2\n"));
    assert_non_null(strstr(world->console.output, "seconds                  0.012345\n"));
    assert_non_null(strstr(world->console.output, "\nsha256sum [-r] PATH...  "));
    world_close(world);
}

static void times(void **state)
{
    static const struct {
        uint64_t seconds;
        const char *text;
    } rows[] = {
        {0, "1970-01-01 00:00"}, {951782399, "2000-02-28 23:59"}, {951782400, "2000-02-29 00:00"},
        {951868800, "2000-03-01 00:00"}, {1709164800, "2024-02-29 00:00"}, {1735689599, "2024-12-31 23:59"},
        {4107542400, "2100-03-01 00:00"}, {4107542399, "2100-02-28 23:59"}, {253402300799, "9999-12-31 23:59"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char text[64] = "";
        struct writer writer = writer_open(text, sizeof text - 1, NULL);
        print_time(&writer, &(struct client_time){rows[i].seconds, 0}, false);
        assert_string_equal(rows[i].text, text);
    }
    char text[64] = "";
    struct writer writer = writer_open(text, sizeof text - 1, NULL);
    print_time(&writer, &(struct client_time){UINT64_MAX, UINT64_MAX}, true);
    assert_false(writer.failed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_and_quotes),
        cmocka_unit_test(lines_too_long_or_binary_fail),
        cmocka_unit_test(interactive_shells_prompt_and_go_on),
        cmocka_unit_test(listings),
        cmocka_unit_test(names_cannot_control_the_terminal),
        cmocka_unit_test(sums),
        cmocka_unit_test(large_files_come_through),
        cmocka_unit_test(counting),
        cmocka_unit_test(finding),
        cmocka_unit_test(globs),
        cmocka_unit_test(changes),
        cmocka_unit_test(copies),
        cmocka_unit_test(dashes),
        cmocka_unit_test(describing),
        cmocka_unit_test(drawing),
        cmocka_unit_test(about_the_system),
        cmocka_unit_test(times),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
