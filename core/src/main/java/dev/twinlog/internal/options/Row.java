package dev.twinlog.internal.options;

/**
 * What the documents say of an option or of a property: a row of the tables in {@code
 * core/CONFIGURATION.md}, and an item of the Javadoc of {@code Replicator.fromProperties}.
 *
 * @param method the method of the builder, or the type of a part and its method
 * @param key the property without its prefix, empty if there is none
 * @param defaultText the default, in Markdown
 * @param text what it does, in Markdown
 */
public record Row(String method, String key, String defaultText, String text) {}
