/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "choice.h"

#include "nm/config.h"

#include <string.h>
#include <sys/utsname.h>

gboolean
choice_parse(const char *text, enum choice *choice)
{
	static const char *const words[] = {
	    [CHOICE_AUTO] = "auto",
	    [CHOICE_KERNEL] = "kernel",
	    [CHOICE_BONDD] = "bondd",
	};

	for (guint i = 0; text != NULL && i < G_N_ELEMENTS(words); i++) {
		if (g_str_equal(text, words[i])) {
			*choice = (enum choice) i;
			return TRUE;
		}
	}
	return FALSE;
}

static void
on_word(const char *path, const char *word, gpointer user)
{
	if (!choice_parse(word, user))
		g_warning("%s: [" CHOICE_GROUP "] " CHOICE_KEY "=%s is not known: write auto, kernel or bondd", path,
			  word);
}

enum choice
choice_read_config(const char *const *places)
{
	enum choice choice = CHOICE_AUTO;

	config_read(places, CHOICE_GROUP, CHOICE_KEY, on_word, &choice);
	return choice;
}

/* Lists of modules, a path a line. */
static gboolean
lists_bonding(const char *modules, const char *list)
{
	g_autofree char *path = g_build_filename(modules, list, NULL);
	g_autofree char *text = NULL;

	return g_file_get_contents(path, &text, NULL, NULL) && strstr(text, "/bonding/bonding.ko") != NULL;
}

gboolean
choice_kernel_can(const char *sys, const char *modules)
{
	g_autofree char *loaded = g_build_filename(sys, "module/bonding", NULL);

	return g_file_test(loaded, G_FILE_TEST_IS_DIR) || lists_bonding(modules, "modules.dep") ||
	       lists_bonding(modules, "modules.builtin");
}

gboolean
choice_is_bondd(const char *user, enum choice configured)
{
	enum choice choice = configured;
	g_autofree char *modules = NULL;
	struct utsname kernel;

	if (user != NULL && !choice_parse(user, &choice))
		g_warning("[user] " CHOICE_USER_KEY "=%s is not known: write auto, kernel or bondd", user);
	if (choice != CHOICE_AUTO)
		return choice == CHOICE_BONDD;
	uname(&kernel);
	modules = g_build_filename("/lib/modules", kernel.release, NULL);
	return !choice_kernel_can("/sys", modules);
}
