/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "choice.h"

#include <string.h>
#include <sys/utsname.h>

const char *const choice_places[] = {
    "/usr/lib/NetworkManager/conf.d",
    "/run/NetworkManager/conf.d",
    "/etc/NetworkManager/NetworkManager.conf",
    "/etc/NetworkManager/conf.d",
    NULL,
};

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
read_file(const char *path, enum choice *choice)
{
	g_autoptr(GKeyFile) file = g_key_file_new();
	g_autofree char *word = NULL;

	if (!g_key_file_load_from_file(file, path, G_KEY_FILE_NONE, NULL))
		return;
	word = g_key_file_get_string(file, CHOICE_GROUP, CHOICE_KEY, NULL);
	if (word != NULL && !choice_parse(g_strstrip(word), choice))
		g_warning("%s: [" CHOICE_GROUP "] " CHOICE_KEY "=%s is not known: write auto, kernel or bondd", path,
			  word);
}

static gint
compare_names(gconstpointer a, gconstpointer b)
{
	return strcmp(*(const char *const *) a, *(const char *const *) b);
}

static void
read_directory(const char *path, enum choice *choice)
{
	g_autoptr(GDir) directory = g_dir_open(path, 0, NULL);
	g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
	const char *name;

	while (directory != NULL && (name = g_dir_read_name(directory)) != NULL) {
		if (g_str_has_suffix(name, ".conf"))
			g_ptr_array_add(names, g_build_filename(path, name, NULL));
	}
	g_ptr_array_sort(names, compare_names);
	for (guint i = 0; i < names->len; i++)
		read_file(g_ptr_array_index(names, i), choice);
}

enum choice
choice_read_config(const char *const *places)
{
	enum choice choice = CHOICE_AUTO;

	for (; *places != NULL; places++) {
		if (g_file_test(*places, G_FILE_TEST_IS_DIR))
			read_directory(*places, &choice);
		else
			read_file(*places, &choice);
	}
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
