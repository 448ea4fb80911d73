package dev.twinlog.internal.engine.sync;

import dev.twinlog.DeliveryGuarantee;
import dev.twinlog.internal.engine.duty.PlannedChanges;
import dev.twinlog.internal.engine.shared.Link;
import dev.twinlog.internal.engine.sync.GroupCycle.Copying;
import dev.twinlog.internal.offsets.OffsetMaps;
import dev.twinlog.internal.options.LinkOptions;
import dev.twinlog.internal.options.LinkSettings;
import dev.twinlog.spi.GroupStore;
import dev.twinlog.spi.ReadableStore;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.common.TopicPartition;

/** The consumer groups of a link that does not run here, by what it has saved. Stateless. */
public final class SavedGroups {
  private static final String NOT_EXACT =
      "the link copies at least once: its positions have no certain counterpart";

  private SavedGroups() {}

  /**
   * What group sync would write now; changes nothing, and calls.
   *
   * @param source the groups of the source
   * @param target those of the target
   */
  public static PlannedChanges planned(
      Link link, ReadableStore.Saved saved, GroupStore source, GroupStore target) {
    LinkSettings settings = link.settings();
    boolean exact = settings.guarantee() == DeliveryGuarantee.EXACTLY_ONCE;
    Map<TopicPartition, String> untranslatable = new HashMap<>();
    Map<TopicPartition, Copying> copied = new HashMap<>();
    saved
        .progress()
        .keySet()
        .forEach(
            one -> {
              copied.put(one.partition(), Copying.YES);
              if (!exact) {
                untranslatable.put(one.partition(), NOT_EXACT);
              }
            });
    TypedGroups.Sides sides =
        TypedGroups.Sides.of(source, target, link.groupOptions().includesShareGroups());
    GroupCycle cycle =
        new GroupCycle(
            new GroupCycle.Parts(
                new GroupCycle.SourceGroups(
                    sides.source()::listGroups, sides.source()::groupOffsets),
                sides.target(),
                sides.shared(),
                ShareGroupConfigs.of(source, target, new CopiedConfigs(Optional.empty())),
                new GroupLedgers(link.name(), saved::groups, Optional.empty()),
                link::groupOptions,
                group -> false,
                partition -> copied.getOrDefault(partition, Copying.NO),
                new FailoverGroups.MapTranslator(
                    settings.get(LinkOptions.OFFSET_TRANSLATOR),
                    OffsetMaps.load(OffsetMaps.DEFAULT_BYTES, saved.chunks()).history(),
                    untranslatable),
                () -> SharedTopics.of(link),
                () -> false,
                link.time()));
    return GroupDuty.planned(cycle.planned());
  }
}
