/**
 * Builds a link from its options or from properties, and implements the public {@code Replicator}
 * by the engine. {@code Replicator.builder()} and {@code Replicator.fromProperties()} are the only
 * lines of {@code dev.twinlog} that use this package.
 *
 * <p>{@code LinkOptions} is the table of all options: keys, limits, defaults, descriptions. {@link
 * dev.twinlog.internal.link.DefaultBuilder} checks the values that were given and makes {@link
 * dev.twinlog.internal.engine.shared.LinkSettings} of them; {@link
 * dev.twinlog.internal.link.PropertiesLink} sets a builder's options from properties. {@link
 * dev.twinlog.internal.link.InternalBuilder} is for those who step the engine themselves.
 */
@NullMarked
package dev.twinlog.internal.link;

import org.jspecify.annotations.NullMarked;
