/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "control-source.h"

#include <glib-unix.h>

#define PAUSE_USEC 1000

struct control_source {
	GSource source;
	gpointer tag;
	gboolean paused;
	control_read_func read;
	void *user;
};

/* In a pause the clock decides, not the descriptor. */
static void
take_turn(struct control_source *self)
{
	gboolean more = self->read(self->user);

	if (more)
		g_source_set_ready_time(&self->source, g_get_monotonic_time() + PAUSE_USEC);
	else if (self->paused)
		g_source_set_ready_time(&self->source, -1);
	if (more != self->paused)
		g_source_modify_unix_fd(&self->source, self->tag, more ? 0 : G_IO_IN);
	self->paused = more;
}

static gboolean
control_source_dispatch(GSource *source, GSourceFunc callback, gpointer user)
{
	take_turn((struct control_source *) source);
	return G_SOURCE_CONTINUE;
}

static GSourceFuncs control_source_funcs = {
    .dispatch = control_source_dispatch,
};

GSource *
control_source_new(int fd, const char *name, control_read_func read, void *user)
{
	GSource *source = g_source_new(&control_source_funcs, sizeof(struct control_source));
	struct control_source *self = (struct control_source *) source;

	self->read = read;
	self->user = user;
	g_source_set_static_name(source, name);
	g_source_set_priority(source, G_PRIORITY_HIGH);
	/* It never does; but GLib would take our descriptor out of the poll for each call, and look twice for it. */
	g_source_set_can_recurse(source, TRUE);
	self->tag = g_source_add_unix_fd(source, fd, G_IO_IN);
	g_source_attach(source, NULL);
	return source;
}

void
control_source_read(GSource *source)
{
	struct control_source *self = (struct control_source *) source;

	if (!self->paused)
		take_turn(self);
}
