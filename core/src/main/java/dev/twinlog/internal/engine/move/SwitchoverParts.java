package dev.twinlog.internal.engine.move;

import dev.twinlog.GroupSync;
import dev.twinlog.SwitchoverOptions;
import dev.twinlog.internal.abilities.SinkAbilities;
import dev.twinlog.internal.abilities.SourceAbilities;
import dev.twinlog.internal.engine.agent.LinkTime;
import dev.twinlog.spi.OffsetTranslator;
import dev.twinlog.spi.ReadableStore;
import dev.twinlog.spi.Source;
import java.util.function.Supplier;

/**
 * What a switchover works with.
 *
 * @param saved reads what is stored of the link, without taking it over; may be called often
 * @param copiesWriteAcls whether the link copies ACLs that deny or allow writes to the target
 * @param exactlyOnce whether the link's writes are fenced
 */
public record SwitchoverParts(
    String link,
    Source source,
    SourceAbilities sourceAbilities,
    SinkAbilities sink,
    Supplier<ReadableStore.Saved> saved,
    OffsetTranslator translator,
    GroupSync groupSync,
    boolean copiesWriteAcls,
    boolean exactlyOnce,
    SwitchoverOptions options,
    LinkTime time) {}
