/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "deadline-source.h"

#include <errno.h>
#include <glib-unix.h>
#include <sys/timerfd.h>
#include <unistd.h>

struct deadline_source {
	GSource source;
	int fd;
	bond_time armed;
};

static gboolean
deadline_source_dispatch(GSource *source, GSourceFunc callback, gpointer user)
{
	struct deadline_source *self = (struct deadline_source *) source;
	deadline_func func = (deadline_func) (void (*)(void)) callback;
	guint64 expirations;

	if (read(self->fd, &expirations, sizeof(expirations)) != sizeof(expirations))
		return G_SOURCE_CONTINUE;
	self->armed = BOND_TIME_NEVER;
	func(user);
	return G_SOURCE_CONTINUE;
}

static void
deadline_source_finalize(GSource *source)
{
	struct deadline_source *self = (struct deadline_source *) source;

	if (self->fd >= 0)
		close(self->fd);
}

static GSourceFuncs deadline_source_funcs = {
    .dispatch = deadline_source_dispatch,
    .finalize = deadline_source_finalize,
};

GSource *
deadline_source_new(deadline_func func, void *user)
{
	GSource *source = g_source_new(&deadline_source_funcs, sizeof(struct deadline_source));
	struct deadline_source *self = (struct deadline_source *) source;

	self->armed = BOND_TIME_NEVER;
	self->fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
	if (self->fd < 0)
		g_error("timerfd_create: %s", g_strerror(errno));
	g_source_set_static_name(source, "bond deadline");
	g_source_set_priority(source, G_PRIORITY_HIGH);
	/* It never does; but GLib would take our descriptor out of the poll for each call, and look twice for it. */
	g_source_set_can_recurse(source, TRUE);
	g_source_set_callback(source, (GSourceFunc) (void (*)(void)) func, user, NULL);
	g_source_add_unix_fd(source, self->fd, G_IO_IN);
	g_source_attach(source, NULL);
	return source;
}

void
deadline_source_arm(GSource *source, bond_time deadline)
{
	struct deadline_source *self = (struct deadline_source *) source;
	struct itimerspec when = {0};

	if (deadline == self->armed)
		return;
	self->armed = deadline;
	if (deadline != BOND_TIME_NEVER) {
		/* All zero would disarm: a deadline in the past fires at once. */
		bond_time at = MAX(deadline, 1);

		when.it_value.tv_sec = at / BOND_SEC;
		when.it_value.tv_nsec = at % BOND_SEC;
	}
	timerfd_settime(self->fd, TFD_TIMER_ABSTIME, &when, NULL);
}
