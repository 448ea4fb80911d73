package dev.twinlog.internal.control;

import dev.twinlog.spi.LinkDescription;
import dev.twinlog.spi.LinkedCluster;
import dev.twinlog.spi.TopicOrigin;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Finds topics whose records would come round again. Two kinds: a topic that a link would copy onto
 * itself or out of its own target names, and a topic that other links, one or several in a row,
 * brought from the very cluster that this link writes into.
 *
 * <p>Works on names: with the description that every link leaves in the cluster that it writes
 * into. A description also says where the records came from that its link copies, as that was known
 * when it was written; so what is known here is what the links before this one have found out.
 */
public final class LoopCheck {
  private final String link;
  private final LinkedCluster source;
  private final LinkedCluster sink;

  /**
   * What was found.
   *
   * @param loops for every source topic that must not be copied the reason; usually empty
   * @param origins where the records of the source topics come from, of those that links write
   */
  public record Findings(Map<String, String> loops, Map<String, List<TopicOrigin>> origins) {
    /** What is found where nothing can be known. */
    public static final Findings NOTHING = new Findings(Map.of(), Map.of());
  }

  private record Place(String cluster, String topic) {}

  /** Checks the link of this name between these clusters. */
  public LoopCheck(String link, LinkedCluster source, LinkedCluster sink) {
    this.link = link;
    this.source = source;
    this.sink = sink;
  }

  /**
   * Looks for loops.
   *
   * @param topics source topic to target topic, of all topics of the link
   */
  public Findings look(Map<String, String> topics) {
    Map<String, String> loops = new LinkedHashMap<>();
    String target = sink.clusterId();
    Set<String> written = Set.copyOf(topics.values());
    if (source.clusterId().equals(target)) {
      topics.forEach(
          (from, to) -> {
            if (written.contains(from)) {
              loops.put(from, ontoItself(from));
            }
          });
    }
    Map<String, Map<Place, TopicOrigin>> arriving = arriving(target);
    Set<String> sentHere = new HashSet<>(); // topics of the target cluster that come to the source
    for (Map<Place, TopicOrigin> origins : arriving.values()) {
      for (Place place : origins.keySet()) {
        if (place.cluster().equals(target)) {
          sentHere.add(place.topic());
        }
      }
    }
    Map<String, List<TopicOrigin>> known = new HashMap<>();
    topics.forEach(
        (from, back) -> {
          Map<Place, TopicOrigin> origins = arriving.getOrDefault(from, Map.of());
          if (!origins.isEmpty()) {
            known.put(from, List.copyOf(origins.values()));
          }
          for (TopicOrigin origin : origins.values()) {
            if (origin.cluster().equals(target)
                && (sentHere.contains(back) || written.contains(origin.topic()))) {
              loops.put(from, comesBack(origin, from, back));
            }
          }
        });
    return new Findings(loops, known);
  }

  /** Where the topics of the source come from, of those that links write. */
  private Map<String, Map<Place, TopicOrigin>> arriving(String target) {
    Map<String, Map<Place, TopicOrigin>> arriving = new HashMap<>();
    for (LinkDescription other : source.linksInto()) {
      if (other.link().equals(link) && other.targetCluster().equals(target)) {
        continue; // this link itself, within one cluster
      }
      other
          .topics()
          .forEach(
              (from, to) -> {
                Map<Place, TopicOrigin> origins =
                    arriving.computeIfAbsent(to, topic -> new LinkedHashMap<>());
                add(origins, new TopicOrigin(other.sourceCluster(), from, List.of(other.link())));
                for (TopicOrigin before : other.origins().getOrDefault(from, List.of())) {
                  List<String> links = new ArrayList<>(before.links());
                  links.add(other.link());
                  add(origins, new TopicOrigin(before.cluster(), before.topic(), links));
                }
              });
    }
    return arriving;
  }

  /** Of several ways from one place only the shortest is kept, so that there are never many. */
  private static void add(Map<Place, TopicOrigin> origins, TopicOrigin origin) {
    origins.merge(
        new Place(origin.cluster(), origin.topic()),
        origin,
        (one, other) -> other.links().size() < one.links().size() ? other : one);
  }

  private String ontoItself(String topic) {
    return ("source and target are the same cluster (%s), and %s is both copied and written"
            + " by this link: give the copies other names with a topicMapper, and"
            + " exclude these names from the selection")
        .formatted(source.clusterId(), topic);
  }

  private String comesBack(TopicOrigin origin, String from, String back) {
    List<String> links = origin.links();
    String last = links.get(links.size() - 1);
    String way =
        links.size() == 1
            ? "link %s copies".formatted(last)
            : "the links %s copy, one after the other,".formatted(String.join(" -> ", links));
    return ("%s %s of the target cluster to %s, which this link (%s) would copy back to %s in a loop:"
            + " exclude it from one of these links or give its copies other names; if link %s is gone for"
            + " good, delete its state topic twinlog.%s.state from the source cluster")
        .formatted(way, origin.topic(), from, link, back, last, last);
  }
}
