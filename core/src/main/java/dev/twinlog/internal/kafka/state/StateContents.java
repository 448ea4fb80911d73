package dev.twinlog.internal.kafka.state;

import dev.twinlog.internal.progress.LinkDescriptionCodec;
import dev.twinlog.internal.progress.ProgressCodec;
import dev.twinlog.spi.LinkDescription;
import dev.twinlog.spi.Progress;
import dev.twinlog.spi.SourcePartition;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/** What a state topic says: the last record of every key. Not thread-safe. */
final class StateContents {
  private final Map<TopicPartition, Progress> progress = new HashMap<>();
  private @Nullable LinkDescription link;
  private @Nullable UUID owner;

  void progress(TopicPartition partition, byte @Nullable [] value) {
    if (value == null) {
      progress.remove(partition);
    } else {
      progress.put(partition, ProgressCodec.decode(value));
    }
  }

  void link(byte @Nullable [] value) {
    link = value == null ? null : LinkDescriptionCodec.decode(value);
  }

  void owner(UUID instance) {
    owner = instance;
  }

  Map<SourcePartition, Progress> progress() {
    Map<SourcePartition, Progress> bySource = new HashMap<>();
    progress.values().forEach(one -> bySource.put(one.source(), one));
    return Map.copyOf(bySource);
  }

  Optional<LinkDescription> link() {
    return Optional.ofNullable(link);
  }

  /** The instance that took the link over last. */
  Optional<UUID> owner() {
    return Optional.ofNullable(owner);
  }
}
