/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "duration.h"

#define US     1000
#define MS     (1000 * (gint64) US)
#define SEC    (1000 * MS)
#define MINUTE (60 * SEC)

char *
text_of_duration(gint64 ns)
{
	if (ns < 0)
		return text_of_duration(0);
	if (ns < MS)
		return g_strdup_printf("%d us", (int) (ns / US));
	if (ns < SEC)
		return g_strdup_printf("%.1f ms", (double) ns / (double) MS);
	if (ns < MINUTE)
		return g_strdup_printf("%.1f s", (double) ns / (double) SEC);
	if (ns < 60 * MINUTE)
		return g_strdup_printf("%d min %02d s", (int) (ns / MINUTE), (int) (ns % MINUTE / SEC));
	return g_strdup_printf("%" G_GINT64_FORMAT " h %02d min", ns / (60 * MINUTE), (int) (ns / MINUTE % 60));
}
