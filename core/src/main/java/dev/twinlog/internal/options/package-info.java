/**
 * The options of a link, each described in one place: {@link
 * dev.twinlog.internal.options.LinkOptions} is their table.
 *
 * <p>An {@link dev.twinlog.internal.options.Option} has a name, a default, limits, and what the
 * documents say of it. Properties describe it: its own one, or several that change its default,
 * which {@code SyncProperties} lists. {@link dev.twinlog.internal.options.LinkSettings} is what an
 * engine gets: the values by their options, checked all at once, also against the source and the
 * sink ({@code PartChecks}). What describes the Kafka clusters of a link is in {@code
 * internal.link}: the engine doesn't know them.
 */
@NullMarked
package dev.twinlog.internal.options;

import org.jspecify.annotations.NullMarked;
