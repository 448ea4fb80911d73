/**
 * What a plug-in author implements, and the values that pass between a plug-in and the engine.
 *
 * <p>The way of a record through a link, and the types that carry it:
 *
 * <ol>
 *   <li>{@link dev.twinlog.spi.Source} names the partitions and opens one {@link
 *       dev.twinlog.spi.SourceReader} per lane, which hands out {@link
 *       dev.twinlog.spi.ReplicationBatch batches};
 *   <li>a {@link dev.twinlog.spi.RecordTransform} may drop or change records, a {@link
 *       dev.twinlog.spi.TopicMapper} and a {@link dev.twinlog.spi.PartitionMapper} choose the
 *       {@link dev.twinlog.spi.Route};
 *   <li>{@link dev.twinlog.spi.Sink} opens one {@link dev.twinlog.spi.SinkWriter} per lane, which
 *       acknowledges each write with the {@link dev.twinlog.spi.OffsetRun runs} it landed in;
 *   <li>the engine folds acknowledgements into {@link dev.twinlog.spi.Progress} and saves it in a
 *       {@link dev.twinlog.spi.ProgressStore}.
 * </ol>
 *
 * <p>A batch may be encoded, and its bytes only lent: {@link
 * dev.twinlog.spi.ReplicationBatch#release()} gives them back. Its {@link
 * dev.twinlog.spi.BatchDoor} says whether it had to be opened on its way, and why. A sink that
 * knows which part of a failed write has landed says so by a {@link
 * dev.twinlog.spi.PartlyWrittenException}, and nothing of that part is written again.
 *
 * <p>What a part can do beyond its first interface is a second interface that it also implements
 * (an <em>ability</em>): {@link dev.twinlog.spi.RecoverableSink}, {@link
 * dev.twinlog.spi.TopicSink}, {@link dev.twinlog.spi.TopicSource}, {@link
 * dev.twinlog.spi.StatefulSink}, {@link dev.twinlog.spi.LinkedCluster}.
 *
 * <p>This package is a leaf: it imports {@code java.*}, JSpecify and Kafka's public value types
 * only.
 */
@NullMarked
package dev.twinlog.spi;

import org.jspecify.annotations.NullMarked;
