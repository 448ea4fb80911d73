package dev.twinlog.internal.kafka.state;

import dev.twinlog.internal.progress.ProducerOrigin;
import dev.twinlog.spi.LinkDescription;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The contents of a registry topic: the last record of every key. Not thread-safe. */
final class RegistryContents {
  private final Map<Long, ProducerOrigin> producers = new HashMap<>();
  private final IgnoredRecords ignored = new IgnoredRecords();
  private @Nullable LinkDescription link;

  void link(@Nullable LinkDescription description) {
    link = description;
  }

  void producer(long id, ProducerOrigin origin) {
    producers.put(id, origin);
  }

  Optional<LinkDescription> link() {
    return Optional.ofNullable(link);
  }

  /** Returns what each producer id of the link has written. */
  Map<Long, ProducerOrigin> producers() {
    return Map.copyOf(producers);
  }

  IgnoredRecords ignored() {
    return ignored;
  }
}
