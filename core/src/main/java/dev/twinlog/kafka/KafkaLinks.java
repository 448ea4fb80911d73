package dev.twinlog.kafka;

import dev.twinlog.Offsets;
import dev.twinlog.internal.kafka.cluster.ClientSettings;
import dev.twinlog.internal.kafka.cluster.LazyAdmin;
import dev.twinlog.internal.kafka.state.StoredLink;
import dev.twinlog.internal.offsets.OffsetMaps;
import dev.twinlog.internal.offsets.TranslatedOffsets;
import dev.twinlog.spi.ConfigurationException;
import dev.twinlog.spi.OffsetTranslator;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;

/**
 * Tools that need no running link, for operators and for the day of the disaster.
 *
 * <p>Thread-safe; every method may block for as long as it takes to read a topic.
 */
public final class KafkaLinks {
  private static final Pattern LINK = Pattern.compile("[A-Za-z0-9_-]{1,64}");

  private KafkaLinks() {}

  /**
   * Reads the offset map of a link from its state topic in the target cluster. Needs neither the
   * source cluster nor the link to be there, and does not disturb a link that runs. The answers are
   * those of the last progress that the link saved, about a second old if it runs; they need no
   * further connection.
   *
   * @param target the cluster that the link writes
   * @param link the link's name
   * @throws ConfigurationException if the name or the cluster's properties can't be right
   * @throws dev.twinlog.spi.LinkFailedException if the link has no state there, or it is damaged or
   *     of an unknown version
   * @throws dev.twinlog.spi.RetriableException if the cluster can't be reached now
   */
  public static Offsets openOffsets(KafkaCluster target, String link) {
    try (LazyAdmin admin = connect(target, link)) {
      OffsetMaps maps =
          OffsetMaps.load(OffsetMaps.DEFAULT_BYTES, StoredLink.mapChunks(admin, link));
      return new TranslatedOffsets(OffsetTranslator.exact(), maps.history());
    }
  }

  private static LazyAdmin connect(KafkaCluster cluster, String link) {
    Objects.requireNonNull(cluster, "target");
    Objects.requireNonNull(link, "link");
    ClientSettings settings =
        ClientSettings.of(
            cluster.alias(), cluster.bootstrapServers(), cluster.properties(), Map.of());
    List<String> problems = new ArrayList<>(settings.problems(false));
    if (!LINK.matcher(link).matches()) {
      problems.add(
          "link was '%s' but must be 1 to 64 characters of A-Z a-z 0-9 _ -".formatted(link));
    }
    if (!problems.isEmpty()) {
      throw new ConfigurationException("the offsets of link " + link, problems);
    }
    return new LazyAdmin(settings);
  }
}
