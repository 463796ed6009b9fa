/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "screen.h"

#include "table.h"

#include <stdio.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#define ENTER "\033[?1049h\033[?25l"
#define LEAVE "\033[?25h\033[?1049l"
#define HOME  "\033[H"
/* The rest of the line, of the page. */
#define CLEAR_LINE "\033[K"
#define CLEAR_PAGE "\033[J"

struct screen {
	gboolean has_keys; /* standard input is a terminal, too */
	struct termios before;
};

Screen *
screen_open(void)
{
	const char *terminal = g_getenv("TERM");
	struct termios raw;
	Screen *screen;

	if (!isatty(STDOUT_FILENO) || terminal == NULL || g_str_equal(terminal, "dumb"))
		return NULL;
	screen = g_new0(Screen, 1);
	screen->has_keys = tcgetattr(STDIN_FILENO, &screen->before) == 0;
	if (screen->has_keys) {
		raw = screen->before;
		raw.c_lflag &= ~(tcflag_t) (ICANON | ECHO);
		raw.c_cc[VMIN] = 0;
		raw.c_cc[VTIME] = 0;
		tcsetattr(STDIN_FILENO, TCSANOW, &raw);
	}
	fputs(ENTER, stdout);
	fflush(stdout);
	return screen;
}

void
screen_close(Screen *screen)
{
	fputs(LEAVE, stdout);
	fflush(stdout);
	if (screen->has_keys)
		tcsetattr(STDIN_FILENO, TCSADRAIN, &screen->before);
	g_free(screen);
}

static struct winsize
size(void)
{
	struct winsize size = {0};

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0 || size.ws_row == 0)
		size = (struct winsize){.ws_row = 24, .ws_col = 80};
	return size;
}

guint
screen_width(const Screen *screen)
{
	return screen != NULL ? size().ws_col : 80;
}

static void
append_cut(GString *page, const char *line, guint columns)
{
	guint used = 0;

	for (const char *p = line; *p != '\0'; p = g_utf8_next_char(p)) {
		used += table_char_width(g_utf8_get_char(p));
		if (used > columns)
			break;
		g_string_append_len(page, p, g_utf8_next_char(p) - p);
	}
}

void
screen_draw(Screen *screen, const char *text)
{
	struct winsize now = size();
	g_autoptr(GString) page = g_string_new(HOME);
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);

	for (guint i = 0; lines[i] != NULL && i < now.ws_row; i++) {
		/* No newline behind the last line: it would scroll. */
		g_string_append(page, i > 0 ? "\n" : "");
		append_cut(page, lines[i], now.ws_col);
		g_string_append(page, CLEAR_LINE);
	}
	g_string_append(page, CLEAR_PAGE);
	fputs(page->str, stdout);
	fflush(stdout);
}

gboolean
screen_has_keys(const Screen *screen)
{
	return screen->has_keys;
}

char
screen_key(Screen *screen)
{
	char key = 0;

	if (!screen->has_keys || read(STDIN_FILENO, &key, 1) != 1)
		return 0;
	return key;
}
