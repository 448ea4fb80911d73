/**
 * The offset map: the target offset of every copied record.
 *
 * <p>{@link dev.twinlog.internal.offsets.OffsetMaps} holds the maps of a link. A {@link
 * dev.twinlog.internal.offsets.SourceMap} has those of one source partition, which share the
 * checkpoint. A {@link dev.twinlog.internal.offsets.RouteMap} is the map of one route: source
 * offsets to target offsets and back, piecewise linear. Its state is immutable {@code Blocks} of
 * packed segments and a small {@code Tail} that grows, so readers need no lock. {@code MapCodec}
 * encodes it into chunks that are stored, and decodes these.
 *
 * <p>This package knows neither the engine nor the built-in Kafka parts.
 */
@NullMarked
package dev.twinlog.internal.offsets;

import org.jspecify.annotations.NullMarked;
