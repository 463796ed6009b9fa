/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A terminal as a whole page that is drawn anew: the alternate screen, without echo and cursor.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct screen Screen;

/* NULL if standard output is no terminal that can do it. */
Screen *screen_open(void);

/* Gives the terminal back as it was. */
void screen_close(Screen *screen);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Screen, screen_close)

/* Columns of the terminal as it is now; 80 if that is unknown. @screen may be NULL. */
guint screen_width(const Screen *screen);

/* Draws the page: lines are cut at the right, and those that have no room at the bottom are left out. */
void screen_draw(Screen *screen, const char *text);

/* Whether there are keys to wait for, on standard input. */
gboolean screen_has_keys(const Screen *screen);

/* The key that was pressed; 0: none. Does not wait. */
char screen_key(Screen *screen);

G_END_DECLS
