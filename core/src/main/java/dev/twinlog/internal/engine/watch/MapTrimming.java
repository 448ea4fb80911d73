package dev.twinlog.internal.engine.watch;

import dev.twinlog.internal.engine.duty.Duty;
import dev.twinlog.internal.engine.ownership.Claim;
import dev.twinlog.internal.engine.shared.Link;
import dev.twinlog.internal.options.LinkOptions;
import dev.twinlog.spi.TopicSink;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.apache.kafka.common.TopicPartition;

/**
 * Requests the log start offsets of the target, to trim the offset maps of the claims.
 *
 * <p>A log that ends before what was copied into it has lost its tail, and its start says nothing
 * of the records in the map: they were not deleted, and must be copied again. So the start counts
 * only together with an end that is requested after it, and that is not before the copied records.
 */
public final class MapTrimming implements Duty {
  private final Link link;

  public MapTrimming(Link link) {
    this.link = link;
  }

  @Override
  public String name() {
    return "trimming of the offset map";
  }

  @Override
  public Duration interval() {
    return link.settings().get(LinkOptions.DISCOVERY_INTERVAL);
  }

  @Override
  public Optional<Supplier<Runnable>> prepare() {
    Map<TopicPartition, Long> copied = link.claims().copiedEnds();
    if (copied.isEmpty()) {
      return Optional.empty();
    }
    // the ends are those of these claims: a later claim may have copied more into a partition
    Collection<Claim> claims = link.claims().all();
    return link.settings().sinkAbilities().topics().map(sink -> () -> ask(sink, claims, copied));
  }

  private static Runnable ask(
      TopicSink sink, Collection<Claim> claims, Map<TopicPartition, Long> copied) {
    Map<TopicPartition, Long> starts = startsOfIntactLogs(sink, copied);
    return () -> claims.forEach(claim -> claim.maps().trim(starts));
  }

  /**
   * Returns the log starts of the partitions whose logs still hold what was copied.
   *
   * @param copied the partitions, and the offset before which all copied records are
   */
  static Map<TopicPartition, Long> startsOfIntactLogs(
      TopicSink sink, Map<TopicPartition, Long> copied) {
    Map<TopicPartition, Long> starts = new HashMap<>(sink.startOffsets(copied.keySet()));
    starts.values().removeIf(start -> start == 0);
    if (!starts.isEmpty()) {
      Map<TopicPartition, Long> ends = sink.endOffsets(starts.keySet());
      copied.forEach(
          (target, end) -> {
            if (ends.getOrDefault(target, -1L) < end) {
              starts.remove(target);
            }
          });
    }
    return starts;
  }
}
