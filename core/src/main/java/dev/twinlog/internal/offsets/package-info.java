/**
 * The offset map: where every copied record is.
 *
 * <p>{@link dev.twinlog.internal.offsets.OffsetMaps} holds the maps of a link. A {@link
 * dev.twinlog.internal.offsets.SourceMap} is those of one source partition, which share the cut; a
 * {@link dev.twinlog.internal.offsets.RouteMap} is one of them: source offsets to target offsets
 * and back, piecewise linear. Its state is immutable {@code Blocks} of packed segments and a small
 * {@code Tail} that grows, so that readers need no lock; {@code MapCodec} brings it into the chunks
 * that are stored, and back.
 *
 * <p>Knows neither the engine nor Kafka.
 */
@NullMarked
package dev.twinlog.internal.offsets;

import org.jspecify.annotations.NullMarked;
