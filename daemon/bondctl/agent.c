/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "agent.h"

#include <errno.h>
#include <glib-unix.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* The number that the pipe has in the agent. */
#define NOTIFY_FD 3

/* In the child: a password prompt must not outlive the command that it is for. */
static void
die_with_parent(gpointer user)
{
	prctl(PR_SET_PDEATHSIG, SIGTERM);
}

static GPid
spawn(int notify)
{
	g_autofree char *process = g_strdup_printf("%d", (int) getpid());
	g_autofree char *fd = g_strdup_printf("%d", NOTIFY_FD);
	/* An agent of the session goes first; but outside of sessions polkit uses no agent that steps back. */
	const char *fallback = g_getenv("XDG_SESSION_ID") != NULL ? "--fallback" : NULL;
	const char *const argv[] = {"pkttyagent", "--process", process, "--notify-fd", fd, fallback, NULL};
	const int target = NOTIFY_FD;
	GPid pid = 0;

	if (!g_spawn_async_with_pipes_and_fds(
		NULL, argv, NULL, G_SPAWN_SEARCH_PATH | G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_CHILD_INHERITS_STDIN,
		die_with_parent, NULL, -1, -1, -1, &notify, &target, 1, &pid, NULL, NULL, NULL, NULL))
		return 0;
	return pid;
}

/* It closes its end when it is registered; its death does it, too. */
static void
wait_until_closed(int fd)
{
	char byte;
	gssize n;

	do
		n = read(fd, &byte, 1);
	while (n > 0 || (n < 0 && errno == EINTR));
}

GPid
agent_start(void)
{
	int ends[2];
	GPid agent;

	if (!isatty(STDIN_FILENO) || !g_unix_open_pipe(ends, FD_CLOEXEC, NULL))
		return 0;
	agent = spawn(ends[1]);
	close(ends[1]);
	if (agent != 0)
		wait_until_closed(ends[0]);
	close(ends[0]);
	return agent;
}

void
agent_stop(GPid agent)
{
	if (agent == 0)
		return;
	kill(agent, SIGTERM);
	/* A terminal that was in another process group's hands may have stopped it. */
	kill(agent, SIGCONT);
	while (waitpid(agent, NULL, 0) < 0 && errno == EINTR)
		;
	g_spawn_close_pid(agent);
}
