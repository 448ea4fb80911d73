package dev.twinlog.internal.kafka.state;

import dev.twinlog.internal.kafka.cluster.LazyAdmin;
import dev.twinlog.spi.LinkFailedException;
import dev.twinlog.spi.MapChunk;
import java.util.List;

/** Reads the state of a link without taking the link over. */
public final class StoredLink {
  private StoredLink() {}

  /**
   * Returns the chunks of the link's offset map, as they are committed now.
   *
   * @throws LinkFailedException if the link has no state in this cluster
   */
  public static List<MapChunk> mapChunks(LazyAdmin target, String link) {
    return read(new StateTopic(target, StateTopic.nameOf(link)), target).takeMapChunks();
  }

  static StateContents read(StateTopic topic, LazyAdmin target) {
    if (!topic.exists()) {
      throw new LinkFailedException(
          "there is no topic %s on %s: no such link writes into this cluster, or its state was deleted (then KafkaLinks.rebuild rebuilds it)"
              .formatted(topic.name(), target.errors().alias()));
    }
    return topic.read();
  }
}
