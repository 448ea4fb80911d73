/** The names of links, topics and what else is selected by its name. Depends on the SPI only. */
@NullMarked
package dev.twinlog.internal.names;

import org.jspecify.annotations.NullMarked;
