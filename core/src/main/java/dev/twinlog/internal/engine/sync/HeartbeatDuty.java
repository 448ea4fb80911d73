package dev.twinlog.internal.engine.sync;

import dev.twinlog.internal.control.MirrorMakerFormat;
import dev.twinlog.internal.engine.duty.Duty;
import dev.twinlog.internal.engine.shared.Link;
import dev.twinlog.internal.options.LinkOptions;
import dev.twinlog.spi.CompactedTopics;
import dev.twinlog.spi.ReplicationException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Writes a heartbeat of MirrorMaker 2 each second while both clusters can be reached. Confined to
 * the control thread.
 */
public final class HeartbeatDuty implements Duty {
  private static final Duration INTERVAL = Duration.ofSeconds(1);

  private final Link link;
  private final CompactedTopics sink;
  private final String topic;
  private final byte[] key;

  /**
   * Creates the duty.
   *
   * @param sourceAlias the name of the source cluster, which is part of the topic's name
   */
  public HeartbeatDuty(Link link, CompactedTopics sink, String sourceAlias, String targetAlias) {
    this.link = link;
    this.sink = sink;
    this.topic =
        MirrorMakerFormat.heartbeats(
            sourceAlias, link.settings().get(LinkOptions.MIRROR_MAKER_TOPICS).separator());
    this.key = MirrorMakerFormat.heartbeatKey(sourceAlias, targetAlias);
  }

  @Override
  public String name() {
    return "heartbeats";
  }

  @Override
  public Duration interval() {
    return INTERVAL;
  }

  @Override
  public Optional<Supplier<Runnable>> prepare() {
    boolean reachable = link.isReachable();
    if (!reachable) {
      return Optional.empty();
    }
    byte[] now = MirrorMakerFormat.heartbeat(link.time().clock().millis());
    return Optional.of(
        () -> {
          Optional<ReplicationException> refusal =
              sink.writeCompacted(topic, List.of(new CompactedTopics.Entry(key, now)));
          return () -> report(refusal);
        });
  }

  private void report(Optional<ReplicationException> refusal) {
    link.publishNotes(
        name(),
        refusal
            .map(cause -> Map.of(topic, List.of("no heartbeats: " + cause.getMessage())))
            .orElse(Map.of()));
  }
}
