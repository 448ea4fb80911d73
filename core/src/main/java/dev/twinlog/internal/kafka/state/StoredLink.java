package dev.twinlog.internal.kafka.state;

import dev.twinlog.internal.kafka.cluster.LazyAdmin;
import dev.twinlog.spi.LinkFailedException;
import dev.twinlog.spi.MapChunk;
import dev.twinlog.spi.Progress;
import dev.twinlog.spi.Route;
import dev.twinlog.spi.StoredEntry;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The state of a link as it is stored, read without taking the link over.
 *
 * @param progress of every source partition
 * @param chunks of the offset map
 * @param entries what else the engine remembers
 */
public record StoredLink(
    Collection<Progress> progress, List<MapChunk> chunks, List<StoredEntry> entries) {
  public StoredLink {
    progress = List.copyOf(progress);
  }

  /**
   * Reads what is committed now.
   *
   * @throws LinkFailedException if the link has no state in this cluster
   */
  public static StoredLink of(LazyAdmin target, String link) {
    StateContents contents = read(new StateTopic(target, StateTopic.nameOf(link)), target);
    return new StoredLink(
        contents.progress().values(), contents.takeMapChunks(), contents.entries());
  }

  static StateContents read(StateTopic topic, LazyAdmin target) {
    if (!topic.exists()) {
      throw new LinkFailedException(
          "there is no topic %s on %s: no such link writes into this cluster, or its state was deleted (then KafkaLinks.rebuild rebuilds it)"
              .formatted(topic.name(), target.errors().alias()));
    }
    return topic.read();
  }

  /**
   * Returns which route the link has written under which producer ids, by its registry, no route
   * for ids that serve several; empty if it has none, or it was recreated.
   */
  public static Map<Long, Optional<Route>> producers(LazyAdmin target, String link) {
    StateTopic topic = new StateTopic(target, RegistryTopic.nameOf(link));
    Map<Long, Optional<Route>> producers = new HashMap<>();
    if (topic.exists()) {
      RegistryContents contents = new RegistryContents();
      topic.read(
          (where, key, value) -> RegistryRecords.fold(where, key, value, contents), () -> true);
      contents.producers().forEach((id, origin) -> producers.put(id, origin.route()));
    }
    return producers;
  }
}
