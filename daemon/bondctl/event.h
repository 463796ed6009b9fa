/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What happened to a bond: a dictionary with the keys of GetHistory(), for people and for programs.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * event_of_signal:
 * @signal: name of a signal of org.example.Bond or org.example.Bond.Lacp
 *
 * Returns: (transfer full) (nullable): the event, without a serial number; %NULL if the signal is none, or not of the
 *   form that it should have.
 */
GVariant *event_of_signal(const char *signal, GVariant *parameters);

/* That a bond was made or removed just now, which no history tells; (transfer full). */
GVariant *event_of_bond(gboolean created);

/* Prints one line: with the date, or with the time of day only. */
void event_print(const char *bond, GVariant *event, gboolean date);

/* For JSON, floating a{sv}. */
GVariant *event_describe(const char *bond, GVariant *event);

/* When it was, nanoseconds of CLOCK_MONOTONIC. */
guint64 event_time(GVariant *event);

G_END_DECLS
