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
 * dev.twinlog.spi.BatchHandling} says whether it had to be decoded on its way, and why. A sink that
 * knows which part of a failed write has landed says so by a {@link
 * dev.twinlog.spi.PartialWriteException}, and nothing of that part is written again.
 *
 * <p>The order of calls, of one link:
 *
 * <ol>
 *   <li>{@link dev.twinlog.spi.StatefulSink#openProgressStore}, or the store that the user gave,
 *       and {@link dev.twinlog.spi.ProgressStore#load}: the newest instance owns the link from then
 *       on;
 *   <li>{@link dev.twinlog.spi.Source#partitions} now and at every discovery, and for a {@link
 *       dev.twinlog.spi.TopicSink} what is known of the target topics, which are created and grown;
 *   <li>{@link dev.twinlog.spi.Source#openReader} and {@link dev.twinlog.spi.Sink#openWriter}, once
 *       for each lane, and again when one of them has thrown;
 *   <li>for each partition that is opened: {@link dev.twinlog.spi.RecoverableSink#recover} for its
 *       routes, where each record is to arrive once; {@link dev.twinlog.spi.Source#resolve} where
 *       it has no progress; its first progress is saved; {@link dev.twinlog.spi.SinkWriter#open},
 *       then {@link dev.twinlog.spi.SourceReader#assign};
 *   <li>{@link dev.twinlog.spi.SourceReader#poll} and {@link dev.twinlog.spi.SinkWriter#write} as
 *       long as it is copied, and {@link dev.twinlog.spi.ProgressStore#save} about once a second;
 *   <li>a partition that met trouble is released by the reader, waits until its open writes are
 *       answered, and is opened as before;
 *   <li>at the end readers are closed, writers are flushed and closed, the last progress is saved,
 *       and the store is closed; then source and sink, where they are {@link AutoCloseable}.
 * </ol>
 *
 * <p>Sources and sinks are called by one thread at a time, which may wait for them (except for
 * abilities that say otherwise), and progress stores by the link's control thread; readers,
 * writers, transforms and partition mappers have threads of their own. Complete and tested examples
 * are in the testkit's test sources, in {@code dev.twinlog.testkit.examples}: {@code JdbcSink}
 * (exactly once, through a client that blocks), {@code HttpSink} (at least once), {@code
 * FileSource}, and {@code MaskingTransform}.
 *
 * <p>What a part can do beyond its first interface is a second interface that it also implements
 * (an <em>ability</em>). The link looks for them once, when it is built (those of a progress store:
 * when the store is opened).
 *
 * <ul>
 *   <li>of sources: {@link dev.twinlog.spi.TopicSource}, {@link dev.twinlog.spi.ConfigSource},
 *       {@link dev.twinlog.spi.RemovalSource}, {@link dev.twinlog.spi.AclStore}, {@link
 *       dev.twinlog.spi.TopicSelection}, {@link dev.twinlog.spi.ChangeableSelection}, {@link
 *       dev.twinlog.spi.OpenTransactions}, {@link dev.twinlog.spi.LogEnds}, {@link
 *       dev.twinlog.spi.LinkedCluster}, {@link dev.twinlog.spi.NamedCluster}, {@link
 *       dev.twinlog.spi.EncodedBatches}, {@link dev.twinlog.spi.GroupStore}, {@link
 *       dev.twinlog.spi.ShareGroupStore}, {@link dev.twinlog.spi.GroupConfigStore}, {@link
 *       dev.twinlog.spi.ReadableLogs}; of their readers: {@link dev.twinlog.spi.EpochSourceReader};
 *   <li>of sinks: {@link dev.twinlog.spi.RecoverableSink}, {@link dev.twinlog.spi.CleanCloseSink},
 *       {@link dev.twinlog.spi.RouteGuarantees}, {@link dev.twinlog.spi.StatefulSink}, {@link
 *       dev.twinlog.spi.TopicSink}, {@link dev.twinlog.spi.ConfigSink}, {@link
 *       dev.twinlog.spi.RemovalSink}, {@link dev.twinlog.spi.WritablePartitions}, {@link
 *       dev.twinlog.spi.AclStore}, {@link dev.twinlog.spi.LinkedCluster}, {@link
 *       dev.twinlog.spi.NamedCluster}, {@link dev.twinlog.spi.CompactedTopics}, {@link
 *       dev.twinlog.spi.DeadLetterSink}, {@link dev.twinlog.spi.EncodedBatches}, {@link
 *       dev.twinlog.spi.GroupStore}, {@link dev.twinlog.spi.ShareGroupStore}, {@link
 *       dev.twinlog.spi.GroupConfigStore}, {@link dev.twinlog.spi.ReadableLogs}; of their writers:
 *       {@link dev.twinlog.spi.DrivenSinkWriter}, {@link dev.twinlog.spi.BufferingSinkWriter};
 *   <li>of progress stores: {@link dev.twinlog.spi.OffsetMapStore}, {@link
 *       dev.twinlog.spi.AclLedgerStore}, {@link dev.twinlog.spi.ConfigLedgerStore}, {@link
 *       dev.twinlog.spi.GroupLedgerStore}, {@link dev.twinlog.spi.EntryStore}, {@link
 *       dev.twinlog.spi.ReadableStore}, {@link dev.twinlog.spi.RestorableMapStore}, {@link
 *       dev.twinlog.spi.LinkRegistry}, {@link dev.twinlog.spi.NotedStore}.
 * </ul>
 *
 * <p>A sink whose client can only block extends {@link dev.twinlog.spi.BlockingSinkWriter}.
 *
 * <p>This package is a leaf: it imports {@code java.*}, JSpecify and Kafka's public value types
 * only.
 */
@NullMarked
package dev.twinlog.spi;

import org.jspecify.annotations.NullMarked;
