package dev.twinlog.internal.engine;

import dev.twinlog.internal.engine.shared.Link;
import dev.twinlog.internal.offsets.CopiedRoute;
import dev.twinlog.internal.options.LinkOptions;
import dev.twinlog.internal.verify.CopiedLink;
import dev.twinlog.internal.verify.CopiedLink.CopiedPartition;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;

/** What an instance of a link has copied, as a verification needs it. Thread-safe. */
final class LinkCopy {
  private final Link link;

  LinkCopy(Link link) {
    this.link = link;
  }

  /**
   * As of now.
   *
   * @throws IllegalStateException if its offset maps are not loaded
   */
  CopiedLink now() {
    if (link.claims().all().isEmpty()) {
      throw new IllegalStateException(
          "link %s is %s: its offset maps are not loaded yet"
              .formatted(link.name(), link.state().shown()));
    }
    boolean transformed = link.settings().find(LinkOptions.TRANSFORM).isPresent();
    List<CopiedRoute> routes = new ArrayList<>();
    link.claims().all().forEach(claim -> routes.addAll(claim.maps().copied()));
    Map<TopicPartition, CopiedPartition> partitions = new HashMap<>();
    link.allFigures()
        .forEach(
            (source, figures) ->
                partitions.put(
                    source,
                    new CopiedPartition(figures.topicId(), transformed, figures.skipped())));
    return new CopiedLink(link.name(), routes, partitions, link.ofOthers());
  }
}
