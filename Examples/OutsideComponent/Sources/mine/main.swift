import OutsideComponent
import Points
import VAECommand
import VAEZoo

VAECommand.main("mine", .standard.adding(.mine, .points))
