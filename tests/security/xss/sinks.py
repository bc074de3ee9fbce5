"""Every place that puts text on a page, and which test of this folder brings hostile text there.

A module or template that is not named here fails ``tests/architecture/test_sinks.py``: whoever adds one says how the
corpus reaches it.
"""

LIVE, VERDICT = "test_answers_and_errors_of_a_sample", "test_answers_and_errors_of_a_sample"
STORED = "test_stored_answers_of_a_sample"
RETRY, TITLES = "test_retries_of_a_sample", "test_titles_and_tags_of_a_sample"
HISTORY, ADMIN, TOLD = (
    "test_history_of_a_sample",
    "test_administration_of_a_sample",
    "test_what_the_administration_is_told",
)
LISTED = "test_the_list_of_models_of_a_sample"
PROMPTS = "test_prompts_of_a_sample"
BATCH = "test_batches_of_a_sample"
WALKS = "test_a_sample"
OURS = ""
"""Only our own texts, numbers, or texts that somebody types for himself and that go nowhere."""

MODULES: dict[str, tuple[str, str]] = {
    # What models say
    "render/answer.js": (LIVE, "texts, reasoning and refusals, cut in pieces and whole"),
    "render/blocks.js": (LIVE, "texts"),
    "render/code.js": (LIVE, "code in texts"),
    "render/fence.js": (LIVE, "code in texts"),
    "render/highlight.js": (LIVE, "code in texts"),
    "render/inline.js": (LIVE, "texts"),
    "render/lexer.js": (LIVE, "texts"),
    "render/links.js": (LIVE, "links and pictures in texts: the shapes of the corpus"),
    "render/markdown.js": (LIVE, "texts"),
    "render/math.js": (LIVE, "formulas in texts"),
    "render/math-syntax.js": (LIVE, "formulas in texts"),
    "render/mathml.js": (LIVE, "formulas in texts"),
    "render/pages.js": (LIVE, "texts"),
    "render/patch.js": (LIVE, "texts while they stream"),
    "render/pending.js": (LIVE, "texts while they stream"),
    "render/plain.js": (LIVE, "the source of texts"),
    "render/text.js": (LIVE, "texts"),
    "elements/block-views.js": (STORED, "blocks of every kind and of none; live those of three protocols"),
    "elements/flow.js": (LIVE, "texts"),
    "elements/ts-reasoning.js": (LIVE, "reasoning"),
    "elements/ts-tool-call.js": (LIVE, "names and arguments of calls and results"),
    "elements/run-view.js": (VERDICT, "errors, request ids, verdicts; waiting for a retry"),
    "elements/turn-view.js": (STORED, "what was asked in a turn; samples"),
    "elements/ts-column.js": (STORED, "model ids typed by people, models that answered, reports of the request"),
    "elements/column-frame.js": (LIVE, "places that ts-column.js fills"),
    "elements/column-follow.js": (LIVE, "the growing answer that it keeps in view"),
    "elements/column-parts.js": (STORED, "model, provider, extra fields, system prompts, what was dropped or clamped"),
    "elements/column-menu.js": (LIVE, "the model id that is copied and announced"),
    "elements/announcer.js": (LIVE, "the model id that was copied"),
    "elements/ts-labels.js": (OURS, "values of fields only: what the person has put on a run or a comparison"),
    "elements/pair-rows.js": (OURS, "values of fields only: what the person has put on the run"),
    "elements/ts-code.js": (OURS, "the request of a run as text; what it holds is quoted by the server"),
    "elements/ts-json-view.js": (LIVE, "the whole run: hops, retries, finish reasons, metadata, blocks"),
    "elements/grid-actions.js": (LIVE, "opens the object of a run; says problems of the API"),
    "elements/ts-status.js": (STORED, "codes of errors that nobody knows"),
    "elements/ts-tabs.js": (STORED, "models and codes of errors"),
    "elements/ts-race.js": (STORED, "labels and codes of errors"),
    "elements/ts-metrics.js": (STORED, "costs as providers report them"),
    # What people write
    "elements/ts-follow-up.js": (TITLES, "title, the prompt on one line"),
    "elements/asked-parts.js": (TITLES, "title, tags, system prompt, prompts, settings"),
    "elements/ts-composer.js": (WALKS, "drafts of every field; names of providers"),
    "elements/ts-attach.js": (OURS, "names of files that somebody chooses himself"),
    "elements/attached-files.js": (STORED, "names of uploaded files, as text"),
    "elements/ts-models.js": (WALKS, "typed model ids, extra fields"),
    "elements/ts-params.js": (WALKS, "system prompt, stop sequences and extra fields of a column"),
    "elements/params-form.js": (WALKS, "stop sequences, schemas and extra fields; what is inherited of them"),
    "elements/ts-picker.js": (WALKS, "searches; names of providers, ids, labels and prices of models"),
    "elements/picker-rows.js": (WALKS, "searches; names of providers, ids, labels and prices of models"),
    "elements/ts-forecast.js": (WALKS, "typed model ids"),
    "elements/field-errors.js": (WALKS, "problems of the form"),
    "elements/ts-history.js": (HISTORY, "how many are chosen"),
    "elements/ts-model-choice.js": (LISTED, "ids of chosen models"),
    "elements/composer-view.js": (WALKS, "system prompt, title, tags and common parameters in one line"),
    "elements/composer-prompt.js": (PROMPTS, "names, messages and variables of a chosen prompt"),
    "elements/ts-prompt-picker.js": (PROMPTS, "names, tags, variables and messages of prompts; searches"),
    "elements/ts-save-prompt.js": (PROMPTS, "names in braces, the name of the prompt that is continued"),
    "elements/ts-column-sets.js": (PROMPTS, "names of sets and people, ids of models and why they cannot be used"),
    "elements/ts-prompts.js": (PROMPTS, "problems of a file that is brought in"),
    "elements/ts-prompt-form.js": (PROMPTS, "name, description, tags, messages and variables of a prompt"),
    # Nothing of others
    "render/follow.js": (OURS, "scrolls"),
    "render/frame.js": (OURS, "names what others offer"),
    "render/perf.js": (OURS, "measures"),
    "render/scheduler.js": (OURS, "decides when others draw"),
    "elements/clipboard.js": (OURS, "copies text, makes none"),
    "elements/reading-place.js": (OURS, "scrolls, makes nothing"),
    "elements/connection-note.js": (OURS, "words for the state of the connection"),
    "elements/withdraw.js": (OURS, "says that a link has ended"),
    "elements/connection-words.js": (OURS, "words for the state of the connection"),
    "elements/dialog.js": (OURS, "opens and closes"),
    "elements/question.js": (OURS, "asks in our own words"),
    "elements/dom.js": (OURS, "makes elements for all others"),
    "elements/grid-elements.js": (OURS, "registers elements"),
    "elements/grid-prefs.js": (OURS, "how the grid is looked at"),
    "elements/grid-view.js": (OURS, "places columns; our own words for winners"),
    "elements/live-comparison.js": (OURS, "joins socket and store"),
    "elements/reveal.js": (OURS, "scrolls"),
    "elements/roving.js": (OURS, "moves the focus"),
    "elements/shortcuts.js": (OURS, "keys"),
    "elements/sync-scroll.js": (OURS, "scrolls"),
    "elements/ts-connection.js": (OURS, "words for the state of the connection"),
    "elements/ts-grid.js": (OURS, "joins the others"),
    "elements/ts-help.js": (OURS, "our own list of keys"),
    "elements/share-words.js": (STORED, "labels of links, and a preview of titles, prompts, answers and names"),
    "elements/ts-share.js": (OURS, "times of links, and addresses that the server makes"),
    "elements/batch-rows.js": (BATCH, "inputs, models, answers, errors"),
    "elements/ts-batch.js": (BATCH, "places that batch-rows.js fills; problems of the API"),
    "elements/ts-batch-models.js": (WALKS, "ids of models, as options"),
    "elements/ts-export.js": (OURS, "addresses of files, made of an id"),
    "elements/ts-import.js": (OURS, "our own words for what is wrong with a file"),
    "elements/ts-theme.js": (OURS, "names of themes"),
    "elements/ts-time.js": (OURS, "times"),
    "elements/ts-toolbar.js": (OURS, "counts"),
}
TEMPLATES: dict[str, tuple[str, str]] = {
    "base.html": (WALKS, "titles, messages, who is signed in"),
    "_header.html": (WALKS, "names of people, the address of the page"),
    "_nav.html": (WALKS, "nothing of anybody's: the names of the rooms"),
    "_notice.html": (WALKS, "every page of an error"),
    "400.html": (WALKS, "addresses"),
    "403.html": (WALKS, "addresses"),
    "403_csrf.html": (WALKS, "forms with a wrong token"),
    "404.html": (WALKS, "addresses"),
    "413.html": (OURS, "a number of bytes"),
    "500.html": (OURS, "the theme, one of three"),
    "_help.html": (OURS, "no variable of others"),
    "_small_page.html": (OURS, "no variable at all"),
    "_sprite.html": (OURS, "icons"),
    "accounts/sign_in.html": (WALKS, "user names, the page to go to"),
    "accounts/link.html": (WALKS, "addresses"),
    "sharing/_left_out.html": (OURS, "no variable of others"),
    "sharing/_part_names.html": (OURS, "no variable of others"),
    "sharing/_people.html": (WALKS, "names of people"),
    "sharing/shared.html": (HISTORY, "titles of comparisons, labels of links, user names"),
    "sharing/password.html": (OURS, "no variable of others"),
    "accounts/locked.html": (OURS, "no variable of others"),
    "accounts/message.html": (WALKS, "addresses"),
    "accounts/_account.html": (HISTORY, "one's own name"),
    "accounts/profile.html": (OURS, "languages and themes"),
    "accounts/spend.html": (HISTORY, "model ids typed by people"),
    "accounts/_spend_table.html": (HISTORY, "model ids typed by people"),
    "admin/comparisons/spendentry/report.html": (ADMIN, "names of people, keys, providers and models"),
    "accounts/tokens.html": (OURS, "labels that somebody types for himself"),
    "accounts/sessions.html": (OURS, "our own words for browsers"),
    "accounts/_field.html": (OURS, "what was typed into a form, and its problems"),
    "accounts/invitation.html": (OURS, "what the invited person types, and their own name"),
    "admin/plain_form.html": (OURS, "what an administrator types into a form, and its problems"),
    "admin/accounts/invitation/invite.html": (OURS, "names that an administrator types"),
    "admin/accounts/user/change_form.html": (ADMIN, "names of people in an address"),
    "admin/accounts/user/change_list.html": (ADMIN, "beside the list of people"),
    "admin/index.html": (ADMIN, "labels of keys that end soon"),
    "admin/base_site.html": (ADMIN, "every page of the administration"),
    "admin/providers/modelgroup/change_form.html": (ADMIN, "ids of models"),
    "admin/providers/modelgroup/change_list.html": (ADMIN, "beside the list of groups"),
    "admin/providers/modelgroup/import.html": (TOLD, "names of groups, models and settings in an uploaded file"),
    "admin/providers/provider/change_list.html": (ADMIN, "beside the list of providers"),
    "admin/providers/provider/discover.html": (TOLD, "versions and models of servers that were found"),
    "admin/providers/apikey/submit_line.html": (TOLD, "beside the form of keys"),
    "batches/batches.html": (BATCH, "titles, models"),
    "batches/batch.html": (BATCH, "the title, and the summary as JSON"),
    "batches/new.html": (WALKS, "what somebody types himself, and its problems"),
    "comparisons/playground.html": (STORED, "title, and the state as JSON"),
    "comparisons/_composer.html": (WALKS, "places that the element fills"),
    "comparisons/_attach.html": (OURS, "places that the element fills"),
    "comparisons/_follow_up.html": (STORED, "places that the element fills"),
    "comparisons/_grid.html": (STORED, "texts, reasoning, refusals, errors and codes without JavaScript"),
    "comparisons/_params.html": (WALKS, "places that the element fills"),
    "comparisons/_picker.html": (WALKS, "places that the element fills"),
    "comparisons/_share.html": (STORED, "places that the element fills"),
    "models/list.html": (LISTED, "ids and labels of models, names of providers, searches"),
    "models/one.html": (LISTED, "ids and labels of models, names of providers"),
    "models/providers.html": (LISTED, "names of providers"),
    "models/_provider.html": (LISTED, "names and addresses of providers"),
    "models/_known.html": (OURS, "yes, no and unknown"),
    "models/_tabs.html": (OURS, "no variable of others"),
    "library/prompts.html": (PROMPTS, "names, descriptions, tags, messages, searches"),
    "library/prompt.html": (PROMPTS, "all of a prompt, changed lines, titles of comparisons"),
    "library/_kept.html": (PROMPTS, "places that the element fills"),
    "library/_prompt_picker.html": (PROMPTS, "places that the element fills"),
    "library/_save_prompt.html": (PROMPTS, "places that the element fills"),
    "library/_column_sets.html": (PROMPTS, "places that the element fills"),
    "library/prompt_form.html": (PROMPTS, "the name, and the prompt as JSON"),
    "comparisons/history.html": (HISTORY, "titles, prompts, tags, models, searches"),
    "comparisons/_history_rows.html": (HISTORY, "titles, prompts, tags, metadata, models"),
    "comparisons/_history_search.html": (HISTORY, "searches and active filters"),
    "comparisons/trash.html": (HISTORY, "the rows of the history, and its search"),
}
ADDRESSES: dict[str, int] = {
    "elements/dom.js": 2,  # icons: the fragment of our own sprite; this very page, to sign in
    "elements/block-views.js": 1,  # pictures: base64 of four types only; addresses of sources go to links.js
    "elements/connection-note.js": 1,  # this very page
    "elements/withdraw.js": 1,  # this very page
    "elements/batch-rows.js": 1,  # the comparison of an input
    "elements/attached-files.js": 2,  # an uploaded file, by its id
    "elements/ts-export.js": 1,  # a file of our own API
    "elements/ts-prompts.js": 1,  # the list of prompts
    "elements/composer-prompt.js": 1,  # the page of the chosen prompt
    "elements/ts-follow-up.js": 1,  # the page of the prompt that was just saved
    "render/links.js": 1,  # what safeUrl lets through
    "render/inline.js": 1,  # hands an address to links.js
    "render/markdown.js": 1,  # remembers a definition; links.js judges it
}
"""Where a script writes an attribute that can load or lead somewhere, and how often."""
