/**
 * Builds a link from its options or from properties, and implements the public {@code Replicator}
 * by the engine. {@code Replicator.builder()} and {@code Replicator.fromProperties()} are the only
 * lines of {@code dev.twinlog} that use this package.
 *
 * <p>{@link dev.twinlog.internal.link.DefaultBuilder} puts each value under its {@link
 * dev.twinlog.internal.options.Option}; {@link dev.twinlog.internal.link.PropertiesLink} reads
 * options from properties, and {@code KafkaParts} makes the source and the sink of those in {@code
 * KafkaProperties}. {@link dev.twinlog.internal.link.InternalBuilder} is for those who step the
 * engine themselves.
 */
@NullMarked
package dev.twinlog.internal.link;

import org.jspecify.annotations.NullMarked;
