package dev.twinlog.internal.control;

import dev.twinlog.spi.LinkDescription;
import dev.twinlog.spi.LinkedCluster;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Finds topics that another link copies into the same target topic already: every record would be
 * there twice. Typically it is the same link under its former name. What this link has copied
 * before is its own, whatever others do. Goes by the links' descriptions, like {@link LoopCheck}.
 */
public final class ClaimCheck {
  private final String link;
  private final LinkedCluster source;
  private final LinkedCluster sink;

  /** What this link copies; null until it was looked up. */
  private Map<String, String> own = Map.of();

  private boolean looked;

  /** Checks the link of this name between these clusters. */
  public ClaimCheck(String link, LinkedCluster source, LinkedCluster sink) {
    this.link = link;
    this.source = source;
    this.sink = sink;
  }

  /**
   * Looks for topics that belong to another link.
   *
   * @param topics source topic to target topic, of all topics of the link
   * @return for every source topic that must not be copied the reason; usually empty
   */
  public Map<String, String> claimed(Map<String, String> topics) {
    if (looked && own.entrySet().containsAll(topics.entrySet())) {
      return Map.of();
    }
    Map<String, String> claimed = new LinkedHashMap<>();
    var others = sink.linksInto();
    if (!looked) {
      others.stream()
          .filter(one -> one.link().equals(link))
          .forEach(one -> own = Map.copyOf(one.topics()));
      looked = true;
    }
    for (LinkDescription other : others) {
      if (!other.link().equals(link) && other.sourceCluster().equals(source.clusterId())) {
        other
            .topics()
            .forEach(
                (from, to) -> {
                  if (to.equals(topics.get(from)) && !to.equals(own.get(from))) {
                    claimed.put(from, message(other.link(), from, to));
                  }
                });
      }
    }
    return claimed;
  }

  /** These are copied from here on. */
  public void accepted(Map<String, String> topics) {
    own = Map.copyOf(topics);
  }

  private String message(String other, String from, String to) {
    return ("link %s copies %s to %s of the same target cluster already, so every record would be"
            + " there twice: go on under the name %s; if that link is gone for good, delete its"
            + " state topic twinlog.%s.state and make the state of %s with KafkaLinks.rebuild, or"
            + " delete topic %s too and copy all; if it is meant, say topicSync(TopicSync.defaults()"
            + ".sharing(true))")
        .formatted(other, from, to, other, other, link, to);
  }
}
